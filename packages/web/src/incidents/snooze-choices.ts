import { HOUR_MS, MINUTE_MS } from "@muster/core";

/** Lengths that are offered. */
export const SNOOZE_MS = [15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS] as const;

const MORNING_HOUR = 8;

/** Tomorrow at eight, by the viewer's own calendar and zone, whatever summer time does in between. */
export function tomorrowMorning(now: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1, MORNING_HOUR).getTime();
}
