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

/** One stack a day from the first to the last, days without anything as empty ones. */
export function dayStacks(days: StorageView["days"]): readonly DayStack[] {
  const first = Math.min(...days.map(({ day }) => day));
  const last = Math.max(...days.map(({ day }) => day));
  const stacks: DayStack[] = [];
  for (let day = first; day <= last; day += DAY_MS) {
    const bytes = { samples: 0, minutes: 0, hours: 0 };
    for (const one of days) {
      const name = one.day === day ? resolutionName(one.resolutionMs) : undefined;
      if (name) bytes[name] += one.bytes;
    }
    stacks.push({ day, bytes, total: RESOLUTIONS.reduce((sum, name) => sum + bytes[name], 0) });
  }
  return stacks;
}
