import type { TaskRunOutcome, ZonedClock } from "@muster/core";
import { DAY_MS } from "@muster/core";
import type { Run } from "./tasks-view.ts";

/** A month such as `2026-11`, a day such as `2026-11-28`: both by the clock of a task's zone. */
export type Month = string;
export type Day = string;

const firstOf = (month: Month): number => Date.parse(`${month}-01T00:00Z`);
const dayAt = (utc: number): Day => new Date(utc).toISOString().slice(0, 10);

export const monthOf = (day: Day): Month => day.slice(0, 7);

/** The month that lies so many months after another one. */
export function monthAfter(month: Month, count: number): Month {
  const date = new Date(firstOf(month));
  return dayAt(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count, 1)).slice(0, 7);
}

/** Whole weeks from Monday on in which the month lies; days of other months are among them. */
export function weeksOf(month: Month): readonly (readonly Day[])[] {
  const first = firstOf(month);
  const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY_MS;
  const end = firstOf(monthAfter(month, 1));
  const weeks: Day[][] = [];
  for (let week = monday; week < end; week += 7 * DAY_MS)
    weeks.push(Array.from({ length: 7 }, (_, place) => dayAt(week + place * DAY_MS)));
  return weeks;
}

/** Between which instants all days of the month's weeks lie, whatever the zone: clocks are at most 14 hours off. */
export function rangeOf(month: Month): { readonly from: number; readonly until: number } {
  const weeks = weeksOf(month);
  return {
    from: Math.max(0, Date.parse(`${weeks[0]![0]!}T00:00Z`) - DAY_MS),
    until: Date.parse(`${weeks.at(-1)!.at(-1)!}T00:00Z`) + 2 * DAY_MS,
  };
}

/** What a day has of one outcome. `isLeast`: some slots were missed together with those of other days, so it may be more. */
export interface DayCount {
  readonly outcome: TaskRunOutcome | "running";
  readonly count: number;
  readonly isLeast: boolean;
}

export interface CalendarDay {
  readonly runs: readonly Run[];
  readonly counts: readonly DayCount[];
}

/** Runs by the day of their slot. Slots that were missed together stand on each day that they lie on. */
export function runsByDay(runs: readonly Run[], clock: ZonedClock): ReadonlyMap<Day, CalendarDay> {
  const byDay = new Map<Day, Run[]>();
  for (const run of runs)
    for (const day of daysOf(run, clock)) {
      const known = byDay.get(day);
      if (known) known.push(run);
      else byDay.set(day, [run]);
    }
  return new Map([...byDay].map(([day, some]) => [day, { runs: some, counts: countsOf(some, clock) }]));
}

/** More days than anybody looks at: a task that was missed for years stands on the newest of them. */
const DAYS_MAX = 62;

function daysOf({ slot, slotLast }: Run, clock: ZonedClock): readonly Day[] {
  const days = new Set([clock.day(slot), clock.day(slotLast)]);
  const first = Math.max(slot, slotLast - DAYS_MAX * DAY_MS);
  for (let at = first; at < slotLast; at += DAY_MS) days.add(clock.day(at));
  return [...days];
}

function countsOf(runs: readonly Run[], clock: ZonedClock): readonly DayCount[] {
  const counts = new Map<DayCount["outcome"], { count: number; isLeast: boolean }>();
  for (const { outcome, slot, slotLast, slotCount } of runs) {
    const key = outcome ?? "running";
    const isSpread = clock.day(slot) !== clock.day(slotLast);
    const before = counts.get(key) ?? { count: 0, isLeast: false };
    counts.set(key, { count: before.count + (isSpread ? 1 : slotCount), isLeast: before.isLeast || isSpread });
  }
  return [...counts].map(([outcome, rest]) => ({ outcome, ...rest })).toSorted((a, b) => rank(a) - rank(b));
}

/** What needs somebody stands first. */
const ORDER: readonly DayCount["outcome"][] = [
  ...(["running", "failed", "timed-out", "unknown", "refused", "missed", "cancelled", "skipped", "succeeded"] as const),
];
const rank = ({ outcome }: DayCount): number => ORDER.indexOf(outcome);
