import { DAY_MS, HOUR_MS, MINUTE_MS } from "@muster/core";
import type { Instant, MetricUnit } from "@muster/core";

/** An axis of values, from its least tick to its greatest. */
export interface ValueAxis {
  readonly least: number;
  readonly most: number;
  /** Ascending. */
  readonly ticks: readonly number[];
}

const TICKS_WANTED = 4;
const TIME_TICKS_MAX = 8;
const TIME_STEPS = [
  ...[5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7].map((days) => days * DAY_MS),
];

/** Where all of these values have room, with round steps. A share goes from nothing to all. */
export function valueAxis(values: Iterable<number>, unit: MetricUnit | undefined): ValueAxis {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values)
    if (Number.isFinite(value)) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  if (most < least) [least, most] = [0, 1];
  if (unit === "ratio" && least >= 0 && most <= 1) [least, most] = [0, 1];
  // From zero, unless that would make a flat line of it.
  else if (least >= 0 && least < most / 2) least = 0;
  if (most - least < Math.abs(most) * 1e-6 || most === least) {
    const room = Math.abs(most) * 0.1 || 1;
    [least, most] = [least === 0 ? 0 : least - room, most + room];
  }
  const step = roundStep(
    (most - least) / TICKS_WANTED,
    unit === "bytes" || unit === "bytes_per_second" ? 1_024 : 1_000,
  );
  const [first, last] = [Math.floor(least / step + 1e-9), Math.ceil(most / step - 1e-9)];
  const ticks = Array.from({ length: last - first + 1 }, (_none, index) => (first + index) * step);
  return { least: ticks[0]!, most: ticks.at(-1)!, ticks };
}

/** 1, 2 or 5 of a power of ten, in thousands of the base. */
function roundStep(least: number, base: number): number {
  const scale = base === 1_000 ? 1 : base ** Math.max(0, Math.floor(Math.log(least) / Math.log(base)));
  const power = 10 ** Math.floor(Math.log10(least / scale));
  return scale * power * ([1, 2, 5].find((one) => one * power * scale >= least * (1 - 1e-9)) ?? 10);
}

/** Instants with round times of the day, in UTC, and what they are called. */
export function timeTicks(from: Instant, until: Instant): readonly { readonly at: Instant; readonly label: string }[] {
  const step = TIME_STEPS.find((one) => (until - from) / one <= TIME_TICKS_MAX) ?? TIME_STEPS.at(-1)!;
  const ticks: { readonly at: Instant; readonly label: string }[] = [];
  for (let at = Math.ceil(from / step) * step; at <= until; at += step) {
    const text = new Date(at).toISOString();
    ticks.push({ at, label: step >= DAY_MS ? text.slice(5, 10) : text.slice(11, 16) });
  }
  return ticks;
}
