import { isGap } from "../query/rate-stepper.ts";
import type { Instant } from "../time.ts";
import { decimalsOf } from "./decimal-scale.ts";

/** What is kept of the samples of one series in [start, start + length of a bucket). */
export interface RollUp {
  readonly start: Instant;
  count: number;
  min: number;
  max: number;
  sum: number;
  last: number;
  lastAt: Instant;
  /** How a counter grew over the pairs of neighbouring samples whose later one is here, across resets. */
  increase: number;
  /** How long those pairs are in all; 0 when there is none. */
  spanMs: number;
}

/** The fields of a roll-up as they are stored, in the order of their numbers. */
export const ROLL_UP_FIELDS = ["count", "min", "max", "sum", "last", "lastAfterMs", "increase", "spanMs"] as const;
export type RollUpField = (typeof ROLL_UP_FIELDS)[number];

export interface TimedValue {
  readonly at: Instant;
  readonly value: number;
}

/**
 * The buckets of one column, ascending, without those in which no sample falls. at[i] belongs to values[i], ascending,
 * NaN where there is none. `base` is the last sample before, from which the first growth is measured.
 */
export function rollUp(
  at: Float64Array,
  values: Float64Array,
  bucketMs: number,
  base: TimedValue | undefined,
): readonly RollUp[] {
  const buckets: RollUp[] = [];
  // Whole numbers add up exactly, and the sum of decimals then has no more digits than they have.
  const factor = 10 ** (decimalsOf(values) ?? 0);
  let bucket: RollUp | undefined;
  let atBefore = base?.at ?? NaN;
  let valueBefore = base?.value ?? NaN;
  // A pair is judged once the one after it is known.
  let pairOf: RollUp | undefined;
  let pairMs = 0;
  let pairBeforeMs: number | undefined;
  let growth = 0;

  const settle = (pairAfterMs: number | undefined): void => {
    if (pairOf === undefined || isGap(pairMs, pairBeforeMs, pairAfterMs)) return;
    pairOf.increase += growth;
    pairOf.spanMs += pairMs;
  };

  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? NaN;
    if (Number.isNaN(value)) continue;
    const instant = at[row] ?? NaN;
    if (bucket === undefined || instant >= bucket.start + bucketMs) {
      const start = Math.floor(instant / bucketMs) * bucketMs;
      bucket = {
        start,
        count: 0,
        min: value,
        max: value,
        sum: 0,
        last: value,
        lastAt: instant,
        increase: 0,
        spanMs: 0,
      };
      buckets.push(bucket);
    }
    bucket.count++;
    if (value < bucket.min) bucket.min = value;
    if (value > bucket.max) bucket.max = value;
    bucket.sum += factor === 1 ? value : Math.round(value * factor);
    bucket.last = value;
    bucket.lastAt = instant;
    if (!Number.isNaN(atBefore)) {
      const lengthMs = instant - atBefore;
      settle(lengthMs);
      pairBeforeMs = pairOf === undefined ? undefined : pairMs;
      pairOf = bucket;
      pairMs = lengthMs;
      growth = Math.max(0, value >= valueBefore ? value - valueBefore : value);
    }
    atBefore = instant;
    valueBefore = value;
  }
  settle(undefined);
  if (factor !== 1) for (const each of buckets) each.sum /= factor;
  return buckets;
}
