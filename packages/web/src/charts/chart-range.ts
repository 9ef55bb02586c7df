import { DAY_MS, HOUR_MS, MINUTE_MS } from "@muster/core";

/** Ranges that end now and move on by themselves. */
export const LIVE_RANGES = {
  "15m": 15 * MINUTE_MS,
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "24h": DAY_MS,
  "7d": 7 * DAY_MS,
  "30d": 30 * DAY_MS,
  "90d": 90 * DAY_MS,
  "1y": 365 * DAY_MS,
} as const;
export type LiveRangeName = keyof typeof LIVE_RANGES;
export const LIVE_RANGE_NAMES = Object.keys(LIVE_RANGES) as readonly LiveRangeName[];

export type ChartRange =
  | { readonly is: "live"; readonly name: LiveRangeName; readonly lengthMs: number }
  | { readonly is: "fixed"; readonly from: number; readonly to: number };

export const DEFAULT_RANGE: LiveRangeName = "15m";

/** The narrowest span that a drag may pick: below it there are not even two readings. */
export const RANGE_LENGTH_MS_MIN = 5_000;

/** Reads `1h` or `from..to` in epoch milliseconds; anything else is the default. */
export function parseRange(text: string | undefined): ChartRange {
  const fixed = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text ?? "");
  if (fixed) {
    const from = Number(fixed[1]);
    const to = Number(fixed[2]);
    if (to - from >= RANGE_LENGTH_MS_MIN) return { is: "fixed", from, to };
  }
  const name = LIVE_RANGE_NAMES.find((candidate) => candidate === text) ?? DEFAULT_RANGE;
  return { is: "live", name, lengthMs: LIVE_RANGES[name] };
}

export const formatRange = (range: ChartRange): string =>
  range.is === "live" ? range.name : `${Math.round(range.from)}..${Math.round(range.to)}`;

const SECOND_STEPS = [
  1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400,
];

/** About as many points as a chart has room for; finer than the readings would only be holes. */
const POINTS_WANTED = 360;

/** A round step for a span, never finer than that of the readings. */
export function stepFor(lengthMs: number, finestMs: number): number {
  const least = Math.max(lengthMs / POINTS_WANTED, finestMs) / 1_000;
  return (SECOND_STEPS.find((step) => step >= least - 0.01) ?? 86_400) * 1_000;
}

/** The span to ask for, on the grid of the step so that neighbouring requests fit together. */
export function requestSpan(
  range: ChartRange,
  finestMs: number,
  now: number,
): { readonly from: number; readonly to: number; readonly stepMs: number } {
  const lengthMs = range.is === "live" ? range.lengthMs : range.to - range.from;
  const stepMs = stepFor(lengthMs, finestMs);
  const end = range.is === "live" ? now : range.to;
  const start = range.is === "live" ? now - lengthMs : range.from;
  return { from: Math.floor(start / stepMs) * stepMs, to: Math.ceil(end / stepMs) * stepMs, stepMs };
}

/** How far back the period before lies: the length of the range, on the grid of the step. */
export function periodShiftMs(range: ChartRange, stepMs: number): number {
  const lengthMs = range.is === "live" ? range.lengthMs : range.to - range.from;
  return Math.ceil(lengthMs / stepMs) * stepMs;
}

/** Nothing older than the longest range is asked for, and nothing later than now. */
export function fixedRange(from: number, to: number, now: number): ChartRange {
  const lengthMs = Math.min(Math.max(RANGE_LENGTH_MS_MIN, to - from), LIVE_RANGES["1y"]);
  const middle = (from + to) / 2;
  const end = Math.min(Math.round(middle + lengthMs / 2), now);
  return { is: "fixed", from: end - Math.round(lengthMs), to: end };
}

/** The span that is shown now. */
export const shownSpan = (range: ChartRange, now: number): { readonly from: number; readonly to: number } =>
  range.is === "live" ? { from: now - range.lengthMs, to: now } : range;
