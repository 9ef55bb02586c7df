import { weightedQuantile } from "../query/quantile-stepper.ts";
import { growthStepper } from "../query/rate-stepper.ts";
import { stepCount } from "../query/step-function.ts";
import type { StepFunction } from "../query/step-function.ts";
import { DEFAULT_QUANTILE } from "../query/stepper.ts";
import type { Instant, TimeRange } from "../time.ts";
import { SECOND_MS } from "../time.ts";
import type { RollUpField, TimedValue } from "./roll-up.ts";

/** Buckets of one series as columns: place i of each belongs to the bucket that begins at start[i]. */
export interface BucketColumns {
  readonly start: ArrayLike<Instant>;
  /** NaN where the series has no bucket, empty where it has none at all. */
  field(name: RollUpField): ArrayLike<number>;
}

/** One number a step out of buckets and of single samples, which together give what all their samples would give. */
export interface BucketStepper {
  /**
   * Some rows of the columns, in any order. A bucket belongs to the step in which it begins, which must lie in the range.
   * Answers whether the series had any of them. Of a bucket's samples `quantile` knows no more than their mean.
   */
  addBuckets(columns: BucketColumns, rows: readonly number[]): boolean;
  /**
   * Samples that follow each other, ascending, with none in a bucket. `base` is what their first growth is measured
   * from.
   */
  addRun(at: ArrayLike<Instant>, values: ArrayLike<number>, base: TimedValue | undefined): void;
  finish(): Float64Array;
}

/** What each function needs of a bucket besides its count. */
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

export function bucketStepper(
  step: StepFunction,
  range: TimeRange,
  stepMs: number,
  quantile: number = DEFAULT_QUANTILE,
): BucketStepper {
  const points = stepCount(range, stepMs);
  const column = (fill: number): Float64Array => new Float64Array(points).fill(fill);
  const counts = column(0);
  const sums = column(0);
  const least = column(Infinity);
  const most = column(-Infinity);
  const last = column(NaN);
  const lastAt = column(-Infinity);
  const increases = column(0);
  const spansMs = column(0);
  const gathered: [value: number, weight: number][][] = [];
  const indexOf = (at: Instant): number => Math.floor((at - range.from) / stepMs);

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

  return {
    addBuckets({ start, field }, rows) {
      const count = field("count");
      if (count.length === 0) return false;
      const of = (name: RollUpField): ArrayLike<number> => (FIELDS[step].includes(name) ? field(name) : NONE);
      const [sum, min, max, lasts] = [of("sum"), of("min"), of("max"), of("last")];
      const [lastAfterMs, increase, spanMs] = [of("lastAfterMs"), of("increase"), of("spanMs")];
      let hasAny = false;
      for (const row of rows) {
        const countOfRow = count[row] ?? NaN;
        if (Number.isNaN(countOfRow)) continue;
        hasAny = true;
        const at = start[row] ?? NaN;
        const index = indexOf(at);
        put(index, countOfRow, sum[row] ?? 0, min[row] ?? Infinity, max[row] ?? -Infinity);
        putLast(index, at + (lastAfterMs[row] ?? 0), lasts[row] ?? NaN);
        increases[index] = (increases[index] ?? 0) + (increase[row] ?? 0);
        spansMs[index] = (spansMs[index] ?? 0) + (spanMs[row] ?? 0);
      }
      return hasAny;
    },
    addRun(at, values, base) {
      const growth = step === "rate" ? growthStepper(range, stepMs) : undefined;
      if (base !== undefined) growth?.add(base.at, base.value);
      for (let row = 0; row < at.length; row++) {
        const instant = at[row] ?? NaN;
        const value = values[row] ?? NaN;
        growth?.add(instant, value);
        if (instant < range.from || instant >= range.until || Number.isNaN(value)) continue;
        const index = indexOf(instant);
        put(index, 1, value, value, value);
        putLast(index, instant, value);
      }
      const grown = growth?.finish();
      for (let index = 0; grown !== undefined && index < points; index++) {
        increases[index] = (increases[index] ?? 0) + (grown.increases[index] ?? 0);
        spansMs[index] = (spansMs[index] ?? 0) + (grown.spansMs[index] ?? 0);
      }
    },
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
