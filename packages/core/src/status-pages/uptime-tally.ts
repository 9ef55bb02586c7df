import { DAY_MS, HOUR_MS } from "../time.ts";
import type { Instant } from "../time.ts";
import type { PublicState } from "./status-page.ts";

/** What a stretch of time was like, in looks. Looks that told nothing, and those in a maintenance, are not counted. */
export interface UptimeTally {
  readonly up: number;
  readonly degraded: number;
  readonly down: number;
}

/** One bar: how much of the time from its beginning on it was there; null: nobody looked. */
export interface UptimeBar {
  readonly from: Instant;
  readonly upRatio: number | null;
}

/** What bars stand for, and how many of them are shown. */
export const UPTIME_SPANS = {
  hours: { spanMs: HOUR_MS, bars: 24 },
  days: { spanMs: DAY_MS, bars: 90 },
} as const;
export type UptimeSpan = keyof typeof UPTIME_SPANS;

/** In which bar an instant falls, by its beginning, in UTC. */
export const barOf = (span: UptimeSpan, at: Instant): Instant => at - (at % UPTIME_SPANS[span].spanMs);

/** The beginning of the oldest bar that is shown. */
export const oldestBar = (span: UptimeSpan, now: Instant): Instant =>
  barOf(span, now) - (UPTIME_SPANS[span].bars - 1) * UPTIME_SPANS[span].spanMs;

/** One look more; the same tally where it told nothing. */
export function tallied(before: UptimeTally | undefined, state: PublicState): UptimeTally | undefined {
  if (state === "unknown" || state === "maintenance") return before;
  const { up, degraded, down } = before ?? { up: 0, degraded: 0, down: 0 };
  return {
    up: up + Number(state === "up"),
    degraded: degraded + Number(state === "degraded"),
    down: down + Number(state === "down"),
  };
}

/** All bars up to now, oldest first. What is degraded is there. */
export function uptimeBars(
  span: UptimeSpan,
  tallies: ReadonlyMap<Instant, UptimeTally> | undefined,
  now: Instant,
): readonly UptimeBar[] {
  const { spanMs, bars } = UPTIME_SPANS[span];
  const first = oldestBar(span, now);
  return Array.from({ length: bars }, (_none, index) => {
    const from = first + index * spanMs;
    const tally = tallies?.get(from);
    if (tally === undefined) return { from, upRatio: null };
    const { up, degraded, down } = tally;
    // Rounded down, so that what was ever away is never whole.
    return { from, upRatio: Math.floor(((up + degraded) / (up + degraded + down)) * 10_000) / 10_000 };
  });
}
