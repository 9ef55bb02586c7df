import { growthStepper } from "../query/rate-stepper.ts";
import { stepCount } from "../query/step-function.ts";
import type { StepFunction } from "../query/step-function.ts";
import type { Instant, TimeRange } from "../time.ts";
import { SECOND_MS } from "../time.ts";
import type { RollUp, TimedValue } from "./roll-up.ts";

/** One number a step out of buckets and of single samples, which together give what all their samples would give. */
export interface BucketStepper {
  /** In any order. A bucket belongs to the step in which it begins; one outside of the range is skipped. */
  addBucket(bucket: Readonly<RollUp>): void;
  /**
   * Samples that follow each other, ascending, with none in a bucket. `base` is what their first growth is measured
   * from.
   */
  addRun(at: ArrayLike<Instant>, values: ArrayLike<number>, base: TimedValue | undefined): void;
  finish(): Float64Array;
}

export function bucketStepper(step: StepFunction, range: TimeRange, stepMs: number): BucketStepper {
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

  const put = (bucket: Readonly<RollUp>): void => {
    const { start } = bucket;
    if (start >= range.until || bucket.lastAt < range.from) return;
    const index = Math.max(0, Math.floor((start - range.from) / stepMs));
    counts[index] = (counts[index] ?? 0) + bucket.count;
    sums[index] = (sums[index] ?? 0) + bucket.sum;
    least[index] = Math.min(least[index] ?? 0, bucket.min);
    most[index] = Math.max(most[index] ?? 0, bucket.max);
    increases[index] = (increases[index] ?? 0) + bucket.increase;
    spansMs[index] = (spansMs[index] ?? 0) + bucket.spanMs;
    if (bucket.lastAt <= (lastAt[index] ?? 0)) return;
    last[index] = bucket.last;
    lastAt[index] = bucket.lastAt;
  };

  return {
    addBucket: put,
    addRun(at, values, base) {
      const growth = step === "rate" ? growthStepper(range, stepMs) : undefined;
      if (base !== undefined) growth?.add(base.at, base.value);
      for (let row = 0; row < at.length; row++) {
        const instant = at[row] ?? NaN;
        const value = values[row] ?? NaN;
        growth?.add(instant, value);
        if (instant < range.from || instant >= range.until || Number.isNaN(value)) continue;
        put({
          start: instant,
          count: 1,
          min: value,
          max: value,
          sum: value,
          last: value,
          lastAt: instant,
          increase: 0,
          spanMs: 0,
        });
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
      }
    },
  };
}
