import { growthStepper } from "../query/rate-stepper.ts";
import { stepCount } from "../query/step-function.ts";
import type { StepFunction } from "../query/step-function.ts";
import type { Instant, TimeRange } from "../time.ts";
import { bucketFold } from "./bucket-fold.ts";
import type { BucketColumns } from "./bucket-fold.ts";
import type { TimedValue } from "./roll-up.ts";

/** One number a step out of buckets and of single samples, which together give what all their samples would give. */
export interface BucketStepper {
  /**
   * Some rows of the columns of one series, in any order. A bucket belongs to the step in which it begins, which must
   * lie in the range. Answers whether the series had any of them.
   */
  addBuckets(columns: BucketColumns, rows: readonly number[]): boolean;
  /**
   * Samples that follow each other, ascending, with none in a bucket. `base` is what their first growth is measured
   * from.
   */
  addRun(at: ArrayLike<Instant>, values: ArrayLike<number>, base: TimedValue | undefined): void;
  finish(): Float64Array;
}

export function bucketStepper(step: StepFunction, range: TimeRange, stepMs: number, quantile?: number): BucketStepper {
  const points = stepCount(range, stepMs);
  const fold = bucketFold(step, points, quantile);
  const indexOf = (at: Instant): number => Math.floor((at - range.from) / stepMs);
  return {
    addBuckets(columns, rows) {
      const take = fold.reading(columns);
      let hasAny = false;
      for (const row of rows) hasAny = take(indexOf(columns.start[row] ?? NaN), row) || hasAny;
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
        fold.addSample(indexOf(instant), instant, value);
      }
      const grown = growth?.finish();
      for (let index = 0; grown !== undefined && index < points; index++) {
        fold.addGrowth(index, grown.increases[index] ?? 0, grown.spansMs[index] ?? 0);
      }
    },
    finish: () => fold.finish(),
  };
}
