import { weightedQuantile } from "../query/quantile-stepper.ts";
import type { StepFunction } from "../query/step-function.ts";
import { DEFAULT_QUANTILE } from "../query/stepper.ts";
import type { Instant } from "../time.ts";
import { SECOND_MS } from "../time.ts";
import type { RollUpField } from "./roll-up.ts";

/** Buckets as columns: place i of each belongs to the bucket that begins at start[i]. */
export interface BucketColumns {
  readonly start: ArrayLike<Instant>;
  /** NaN where there is no bucket, empty where there is none at all. */
  field(name: RollUpField): ArrayLike<number>;
}

/** Numbers that are each made of buckets and of samples; which of them goes where is for the caller to say. */
export interface BucketFold {
  /**
   * Makes ready to take buckets out of columns: the function adds the one of a row to a number, and answers whether
   * there was one.
   */
  reading(columns: BucketColumns): (index: number, row: number) => boolean;
  addSample(index: number, at: Instant, value: number): void;
  /** For `rate`: how much a counter grew over pairs of samples, and how long those are in all. */
  addGrowth(index: number, increase: number, spanMs: number): void;
  /** NaN for a number that nothing was added to. */
  finish(): Float64Array;
}

/** What each function needs of a bucket besides its count. Of its samples `quantile` knows no more than their mean. */
const FIELDS: Readonly<Record<StepFunction, readonly RollUpField[]>> = {
  avg: ["sum", "min", "max"],
  min: ["min"],
  max: ["max"],
  last: ["last", "lastAfterMs"],
  sum: ["sum"],
  count: [],
  rate: ["increase", "spanMs"],
  quantile: ["sum"],
};
const NONE: ArrayLike<number> = [];

/** @param size how many numbers there are. */
export function bucketFold(step: StepFunction, size: number, quantile: number = DEFAULT_QUANTILE): BucketFold {
  const column = (fill: number): Float64Array => new Float64Array(size).fill(fill);
  const counts = column(0);
  const sums = column(0);
  const least = column(Infinity);
  const most = column(-Infinity);
  const last = column(NaN);
  const lastAt = column(-Infinity);
  const increases = column(0);
  const spansMs = column(0);
  const gathered: [value: number, weight: number][][] = [];

  const put = (index: number, count: number, sum: number, min: number, max: number): void => {
    counts[index] = (counts[index] ?? 0) + count;
    sums[index] = (sums[index] ?? 0) + sum;
    if (min < (least[index] ?? 0)) least[index] = min;
    if (max > (most[index] ?? 0)) most[index] = max;
    if (step === "quantile") (gathered[index] ??= []).push([sum / count, count]);
  };
  const putLast = (index: number, at: Instant, value: number): void => {
    if (at <= (lastAt[index] ?? 0)) return;
    last[index] = value;
    lastAt[index] = at;
  };
  const addGrowth = (index: number, increase: number, spanMs: number): void => {
    increases[index] = (increases[index] ?? 0) + increase;
    spansMs[index] = (spansMs[index] ?? 0) + spanMs;
  };

  return {
    reading({ start, field }) {
      const count = field("count");
      const of = (name: RollUpField): ArrayLike<number> =>
        count.length > 0 && FIELDS[step].includes(name) ? field(name) : NONE;
      const [sum, min, max, lasts] = [of("sum"), of("min"), of("max"), of("last")];
      const [lastAfterMs, increase, spanMs] = [of("lastAfterMs"), of("increase"), of("spanMs")];
      return (index, row) => {
        const countOfRow = count[row] ?? NaN;
        if (Number.isNaN(countOfRow)) return false;
        put(index, countOfRow, sum[row] ?? 0, min[row] ?? Infinity, max[row] ?? -Infinity);
        if (step === "last") putLast(index, (start[row] ?? NaN) + (lastAfterMs[row] ?? 0), lasts[row] ?? NaN);
        if (step === "rate") addGrowth(index, increase[row] ?? 0, spanMs[row] ?? 0);
        return true;
      };
    },
    addSample(index, at, value) {
      put(index, 1, value, value, value);
      putLast(index, at, value);
    },
    addGrowth,
    finish() {
      const or = (value: number, index: number): number => ((counts[index] ?? 0) > 0 ? value : NaN);
      switch (step) {
        case "avg":
          // Rounding may push a mean past its extremes.
          return sums.map((sum, index) =>
            or(Math.min(Math.max(sum / (counts[index] ?? 1), least[index] ?? 0), most[index] ?? 0), index),
          );
        case "min":
          return least.map(or);
        case "max":
          return most.map(or);
        case "sum":
          return sums.map(or);
        case "count":
          return counts.map(or);
        case "last":
          return last;
        case "rate":
          return spansMs.map((spanMs, index) => (spanMs === 0 ? NaN : ((increases[index] ?? 0) / spanMs) * SECOND_MS));
        case "quantile":
          return counts.map((_count, index) => weightedQuantile(gathered[index] ?? [], quantile));
      }
    },
  };
}
