import { isGap } from "../query/rate-stepper.ts";
import type { Instant } from "../time.ts";
import { decimalsOf } from "./decimal-scale.ts";

/** What is kept of the samples of one series in [start, start + length of a bucket). */
export interface RollUp {
  readonly start: Instant;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly last: number;
  readonly lastAt: Instant;
  /** How a counter grew over the pairs of neighbouring samples whose later one is here, across resets. */
  readonly increase: number;
  /** How long those pairs are in all; 0 when there is none. */
  readonly spanMs: number;
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
  const growth = growthOf(at, values, base);
  let row = 0;
  for (;;) {
    while (row < values.length && Number.isNaN(values[row] ?? NaN)) row++;
    if (row >= values.length) return buckets;
    const start = Math.floor((at[row] ?? NaN) / bucketMs) * bucketMs;
    const end = start + bucketMs;
    let count = 0;
    let min = Infinity;
    let max = -Infinity;
    let sum = 0;
    let last = NaN;
    let lastAt = NaN;
    let increase = 0;
    let spanMs = 0;
    for (; row < values.length; row++) {
      const instant = at[row] ?? NaN;
      if (instant >= end) break;
      const value = values[row] ?? NaN;
      if (Number.isNaN(value)) continue;
      count++;
      if (value < min || count === 1) min = value;
      if (value > max || count === 1) max = value;
      sum += factor === 1 ? value : Math.round(value * factor);
      last = value;
      lastAt = instant;
      increase += growth.increases[row] ?? 0;
      spanMs += growth.spansMs[row] ?? 0;
    }
    buckets.push({ start, count, min, max, sum: factor === 1 ? sum : sum / factor, last, lastAt, increase, spanMs });
  }
}

/** Room that every column uses again. */
let increases = new Float64Array(1_024);
let spansMs = new Float64Array(1_024);

/** How much the pair of neighbours that ends with a row grew, and how long it is; nothing where there is a gap. */
function growthOf(
  at: Float64Array,
  values: Float64Array,
  base: TimedValue | undefined,
): { readonly increases: Float64Array; readonly spansMs: Float64Array } {
  if (values.length > increases.length) {
    increases = new Float64Array(values.length * 2);
    spansMs = new Float64Array(values.length * 2);
  }
  let atBefore = base?.at ?? NaN;
  let valueBefore = base?.value ?? NaN;
  let pairRow = -1;
  let pairMs = 0;
  let lengthBeforeMs = NaN;
  for (let row = 0; row < values.length; row++) {
    increases[row] = 0;
    spansMs[row] = 0;
    const value = values[row] ?? NaN;
    if (Number.isNaN(value)) continue;
    const instant = at[row] ?? NaN;
    const lengthMs = instant - atBefore;
    if (lengthMs > 0) {
      // A pair is judged once the one after it is known.
      if (pairRow >= 0 && isGap(pairMs, Number.isNaN(lengthBeforeMs) ? undefined : lengthBeforeMs, lengthMs)) {
        increases[pairRow] = 0;
        spansMs[pairRow] = 0;
      }
      lengthBeforeMs = pairRow >= 0 ? pairMs : NaN;
      pairRow = row;
      pairMs = lengthMs;
      spansMs[row] = lengthMs;
      increases[row] = Math.max(0, value >= valueBefore ? value - valueBefore : value);
    }
    atBefore = instant;
    valueBefore = value;
  }
  if (pairRow >= 0 && isGap(pairMs, Number.isNaN(lengthBeforeMs) ? undefined : lengthBeforeMs, undefined)) {
    increases[pairRow] = 0;
    spansMs[pairRow] = 0;
  }
  return { increases, spansMs };
}
