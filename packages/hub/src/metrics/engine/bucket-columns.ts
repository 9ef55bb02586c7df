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

/** Which fields minutes keep: a third of the bytes of all, and enough for every question but odd ones. */
export const MINUTE_FIELDS: Readonly<Record<"gauge" | "counter", readonly RollUpField[]>> = {
  gauge: ["count", "sum", "min", "max"],
  counter: ["count", "last", "increase", "spanMs"],
};

/** Buckets of which one can be told what is stored and what is made of it. */
export interface StoredBuckets extends BucketColumns {
  has(name: RollUpField): boolean;
}

/**
 * The buckets that a block has of one series; a field is decoded when it is asked for. Where a level was left out, the
 * mean of the bucket stands for it, and the last value for the mean.
 */
export function bucketColumns(block: BlockReader, series: number): StoredBuckets {
  const stored = (name: RollUpField): Float64Array | undefined => block.column(bucketKey(series, name));
  return {
    start: block.at,
    has: (name) => block.has(bucketKey(series, name)),
    field(name) {
      const column = stored(name);
      if (column !== undefined || !LEVELS.includes(name)) return column ?? NONE;
      const counts = stored("count") ?? NONE;
      if (name === "sum") return stored("last")?.map((last, row) => last * (counts[row] ?? NaN)) ?? NONE;
      return stored("sum")?.map((sum, row) => sum / (counts[row] ?? NaN)) ?? stored("last") ?? NONE;
    },
  };
}

const LEVELS: readonly RollUpField[] = ["sum", "min", "max", "last"];

/** How many buckets a block of roll-ups has, of all its series. */
export function bucketCount({ columns }: Block): number {
  let count = 0;
  for (const [key, column] of columns) {
    if (key % FIELDS_PER_SERIES !== 0) continue;
    for (const value of column) if (!Number.isNaN(value)) count++;
  }
  return count;
}
