import { DAY_MS } from "@muster/core";
import type { StorageView } from "@muster/protocol";
import { resolutionName, RESOLUTIONS } from "./losses.ts";
import type { Resolution } from "./losses.ts";

/** What one day wrote, by resolution. */
export interface DayStack {
  readonly day: number;
  readonly bytes: Readonly<Record<Resolution, number>>;
  readonly total: number;
}

/**
 * One stack a day from the first to the last, days without anything as empty ones. Old hours are kept in stretches that
 * count on their first day: they are spread over the days up to the next ones.
 */
export function dayStacks(days: StorageView["days"]): readonly DayStack[] {
  const first = Math.min(...days.map(({ day }) => day));
  const last = Math.max(...days.map(({ day }) => day));
  const hours = days.filter(({ resolutionMs }) => resolutionName(resolutionMs) === "hours");
  const stacks: DayStack[] = [];
  for (let day = first; day <= last; day += DAY_MS) {
    const bytes = { samples: 0, minutes: 0, hours: 0 };
    for (const one of days) {
      const name = one.day === day ? resolutionName(one.resolutionMs) : undefined;
      if (name && name !== "hours") bytes[name] += one.bytes;
    }
    bytes.hours = hoursOf(hours, day);
    stacks.push({ day, bytes, total: RESOLUTIONS.reduce((sum, name) => sum + bytes[name], 0) });
  }
  return stacks;
}

/** What hours take on a day; `hours` are ascending. */
function hoursOf(hours: StorageView["days"], day: number): number {
  const place = hours.findLastIndex((one) => one.day <= day);
  const stretch = hours[place];
  if (!stretch) return 0;
  const next = hours[place + 1];
  if (!next) return stretch.day === day ? stretch.bytes : 0;
  return Math.round((stretch.bytes * DAY_MS) / (next.day - stretch.day));
}
