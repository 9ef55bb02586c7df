import { GAUGES, SET_START, TOTALS, endOf } from "./fleet.ts";
import type { DataSet } from "./fleet.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** One question, as each store is asked it in its own words. */
export interface Question {
  readonly metric: string;
  /** Undefined: the mean of all hosts. */
  readonly host: number | undefined;
  readonly from: number;
  readonly until: number;
  readonly stepMs: number;
  readonly function: "avg" | "rate";
}

/** Of each kind, the question of a round; rounds differ in host, metric or hour. */
export type QuestionKind = (round: number, set: DataSet) => Question;

const pick = <T>(list: readonly T[], round: number): T => list[round % list.length]!;
/** Seven has no common divisor with the numbers of hosts, so all come and both shapes alternate. */
const hostOf = (round: number, { hosts }: DataSet): number => (round * 7) % hosts;

const lastDay = (round: number, set: DataSet) => ({
  metric: pick(GAUGES, round),
  host: hostOf(round, set),
  from: endOf(set) - 24 * HOUR_MS,
  until: endOf(set),
  function: "avg" as const,
});

/** Asked of 100 hosts over 24 h. */
export const LONG_QUESTIONS = {
  day: (round, set) => ({ ...lastDay(round, set), stepMs: 10_000 }),
  dayRate: (round, set) => ({
    ...lastDay(round, set),
    metric: pick(TOTALS, round),
    stepMs: MINUTE_MS,
    function: "rate",
  }),
  dayHours: (round, set) => ({ ...lastDay(round, set), stepMs: HOUR_MS }),
} as const satisfies Record<string, QuestionKind>;

/** An hour of all hosts that begins at any minute, so that no store has it ready. */
const anyHour = (round: number, set: DataSet) => {
  const minutes = Math.max(0, Math.floor((endOf(set) - SET_START - HOUR_MS) / MINUTE_MS));
  const from = SET_START + ((round * 5) % (minutes + 1)) * MINUTE_MS;
  return { metric: pick(GAUGES, round), host: undefined, from, until: from + HOUR_MS, function: "avg" as const };
};

/** Asked of 2,000 hosts over 74 minutes. */
export const WIDE_QUESTIONS = {
  wholeHour: (round, set) => ({
    ...anyHour(round, set),
    from: SET_START,
    until: SET_START + HOUR_MS,
    stepMs: HOUR_MS,
  }),
  anyHour: (round, set) => ({ ...anyHour(round, set), stepMs: HOUR_MS }),
  hourSteps: (round, set) => ({ ...anyHour(round, set), stepMs: 10_000 }),
} as const satisfies Record<string, QuestionKind>;

/** A year of one series in 1,095 points, about what a screen is wide. */
export const YEAR_QUESTIONS = {
  year: (round, set) => ({
    metric: pick(GAUGES, round),
    host: hostOf(round, set),
    from: SET_START,
    until: endOf(set),
    stepMs: 8 * HOUR_MS,
    function: "avg",
  }),
} as const satisfies Record<string, QuestionKind>;

export type QuestionName = keyof typeof LONG_QUESTIONS | keyof typeof WIDE_QUESTIONS | keyof typeof YEAR_QUESTIONS;
export type Questions = Readonly<Partial<Record<QuestionName, QuestionKind>>>;

/** By the name of a data set, because a program of its own is told only that. */
export const QUESTIONS: Readonly<Record<string, Questions>> = {
  long: LONG_QUESTIONS,
  wide: WIDE_QUESTIONS,
  year: YEAR_QUESTIONS,
};

export const ROUNDS = 60;
