import type { Instant } from "../time.ts";
import { UNKNOWN, WELL } from "./badness.ts";
import type { Badness } from "./badness.ts";
import type { Level, LogCondition, RuleDefinition } from "./rule.ts";
import { severityRank } from "./severity.ts";
import { compactSpan } from "./span.ts";

/** When lines came that are looked for, as many of the newest as are of any interest. */
export class LineRate {
  /** Oldest first. */
  readonly #times: Instant[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(at: Instant): void {
    let place = this.#times.length;
    while (place > 0 && this.#times[place - 1]! > at) place--;
    this.#times.splice(place, 0, at);
    if (this.#times.length > this.#most) this.#times.shift();
  }

  /** How many came within so long before an instant; those before that are forgotten. */
  within(windowMs: number, now: Instant): number {
    const old = this.#times.findIndex((at) => at > now - windowMs);
    this.#times.splice(0, old === -1 ? this.#times.length : old);
    return this.#times.length;
  }
}

/** A count against levels, each of which holds from its threshold on. Undefined: nobody could count. */
export function badnessOfCount(count: number | undefined, levels: readonly Level[]): Badness {
  if (count === undefined) return UNKNOWN;
  const passed = levels.findLast(({ threshold }) => count >= threshold);
  return passed === undefined ? WELL : severityRank(passed.severity);
}

/** More lines than this change nothing that a rule says. */
export const countedLinesMax = (condition: LogCondition, { overrides }: Pick<RuleDefinition, "overrides">): number =>
  Math.max(
    1,
    ...[condition.levels, ...overrides.map(({ levels }) => levels ?? [])].flatMap((levels) =>
      levels.map(({ threshold }) => threshold),
    ),
  );

/** What is told of a log: how often it said what is looked for, or that nobody could count. */
export const logRateTitle = (
  log: string,
  { pattern, windowMs }: LogCondition,
  count: number | undefined,
  why: string,
): string =>
  count === undefined
    ? `${log}: its log cannot be read (${why})`
    : `${log}: “${pattern}” ${count} times within ${compactSpan(windowMs)}`;
