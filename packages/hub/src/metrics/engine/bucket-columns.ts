import { ROLL_UP_FIELDS } from "@muster/core";
import type { Block, BlockReader, BucketColumns, RollUp, RollUpField } from "@muster/core";

/** Each series has eight columns in a block of roll-ups: its id times eight, and the number of the field. */
const FIELDS_PER_SERIES = 8;

export const bucketKey = (series: number, field: RollUpField): number =>
  series * FIELDS_PER_SERIES + ROLL_UP_FIELDS.indexOf(field);

export const seriesOfKey = (key: number): number => Math.floor(key / FIELDS_PER_SERIES);

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

const NONE = new Float64Array();

/** What a bucket of one sample has equal to its sum; such columns are left out. */
export const AS_SUM: readonly RollUpField[] = ["min", "max", "last"];

/** The buckets that a block has of one series; a field is decoded when it is asked for. */
export const bucketColumns = (block: BlockReader, series: number): BucketColumns => ({
  start: block.at,
  field: (name) =>
    block.column(bucketKey(series, name)) ??
    (AS_SUM.includes(name) ? block.column(bucketKey(series, "sum")) : undefined) ??
    NONE,
});

/** How many buckets a block of roll-ups has, of all its series. */
export function bucketCount({ columns }: Block): number {
  let count = 0;
  for (const [key, column] of columns) {
    if (key % FIELDS_PER_SERIES !== 0) continue;
    for (const value of column) if (!Number.isNaN(value)) count++;
  }
  return count;
}
