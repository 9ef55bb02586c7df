import type { BlockReader, RollUp } from "@muster/core";

/** Each series has eight columns in a block of roll-ups: its id times eight, and the number of the field. */
const FIELDS_PER_SERIES = 8;
export const COUNT = 0;
const MIN = 1;
const MAX = 2;
const SUM = 3;
const LAST = 4;
const LAST_AFTER_MS = 5;
const INCREASE = 6;
const SPAN_MS = 7;

export const bucketKey = (series: number, field: number): number => series * FIELDS_PER_SERIES + field;

/** A bucket's fields in the order of their numbers. */
export const fieldsOf = (bucket: RollUp): readonly number[] => [
  bucket.count,
  bucket.min,
  bucket.max,
  bucket.sum,
  bucket.last,
  bucket.lastAt - bucket.start,
  bucket.increase,
  bucket.spanMs,
];

/** The buckets that a block has of one series, ascending. */
export function bucketsOf(block: BlockReader, series: number): readonly RollUp[] {
  const field = (number: number): Float64Array => block.column(bucketKey(series, number)) ?? new Float64Array();
  const counts = field(COUNT);
  if (counts.length === 0) return [];
  const [min, max, sum, last, lastAfterMs, increase, spanMs] = [
    MIN,
    MAX,
    SUM,
    LAST,
    LAST_AFTER_MS,
    INCREASE,
    SPAN_MS,
  ].map(field);
  const buckets: RollUp[] = [];
  for (const [row, count] of counts.entries()) {
    if (Number.isNaN(count)) continue;
    const start = block.at[row] ?? NaN;
    buckets.push({
      start,
      count,
      min: min?.[row] ?? NaN,
      max: max?.[row] ?? NaN,
      sum: sum?.[row] ?? NaN,
      last: last?.[row] ?? NaN,
      lastAt: start + (lastAfterMs?.[row] ?? NaN),
      increase: increase?.[row] ?? 0,
      spanMs: spanMs?.[row] ?? 0,
    });
  }
  return buckets;
}
