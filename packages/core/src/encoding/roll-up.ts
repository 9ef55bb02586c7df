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
  const present = presentOf(at, values, base);
  const firstOwn = base === undefined ? 0 : 1;
  // Whole numbers add up exactly, and the sum of decimals then has no more digits than they have.
  const factor = 10 ** (decimalsOf(present.values.subarray(firstOwn)) ?? 0);
  let bucket: RollUp | undefined;
  for (let index = firstOwn; index < present.at.length; index++) {
    const instant = present.at[index] ?? NaN;
    const value = present.values[index] ?? NaN;
    const start = Math.floor(instant / bucketMs) * bucketMs;
    if (bucket?.start !== start) {
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
    if (index > 0) addPair(bucket, present, index);
  }
  if (factor !== 1) for (const each of buckets) each.sum /= factor;
  return buckets;
}

interface Present {
  readonly at: Float64Array;
  readonly values: Float64Array;
}

function presentOf(at: Float64Array, values: Float64Array, base: TimedValue | undefined): Present {
  const own = values.length + 1;
  const present = { at: new Float64Array(own), values: new Float64Array(own) };
  let count = 0;
  const add = (instant: Instant, value: number): void => {
    present.at[count] = instant;
    present.values[count++] = value;
  };
  if (base !== undefined) add(base.at, base.value);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? NaN;
    if (!Number.isNaN(value)) add(at[row] ?? NaN, value);
  }
  return { at: present.at.subarray(0, count), values: present.values.subarray(0, count) };
}

function addPair(bucket: RollUp, { at, values }: Present, index: number): void {
  const lengthOf = (pair: number): number | undefined =>
    pair >= 1 && pair < at.length ? (at[pair] ?? NaN) - (at[pair - 1] ?? NaN) : undefined;
  const lengthMs = lengthOf(index) ?? 0;
  if (isGap(lengthMs, lengthOf(index - 1), lengthOf(index + 1))) return;
  const value = values[index] ?? NaN;
  const before = values[index - 1] ?? NaN;
  bucket.increase += Math.max(0, value >= before ? value - before : value);
  bucket.spanMs += lengthMs;
}
