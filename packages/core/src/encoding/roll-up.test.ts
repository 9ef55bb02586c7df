import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../time.ts";
import { bucketStepper } from "./bucket-stepper.ts";
import { rollUp } from "./roll-up.ts";
import type { RollUpField } from "./roll-up.ts";

const column = (...samples: readonly (readonly [minute: number, value: number])[]) => ({
  at: Float64Array.from(samples, ([minute]) => minute * MINUTE_MS),
  values: Float64Array.from(samples, ([, value]) => value),
});

test("[ST36] an hour keeps count, extremes, sum, last value and growth across a reset", () => {
  const { at, values } = column([0, 10], [10, NaN], [20, 40], [40, 5], [59, 0.1], [60, 0.3]);
  expect(rollUp(at, values, HOUR_MS, { at: -20 * MINUTE_MS, value: 4 })).toEqual([
    {
      start: 0,
      count: 4,
      min: 0.1,
      max: 40,
      sum: 55.1,
      last: 0.1,
      lastAt: 59 * MINUTE_MS,
      increase: 6 + 30 + 5 + 0.1,
      spanMs: 79 * MINUTE_MS,
    },
    expect.objectContaining({ start: HOUR_MS, count: 1, sum: 0.3, increase: 0.3 - 0.1, spanMs: MINUTE_MS }),
  ]);
});

test("[ST6] [ST36] no growth over a gap, nor without a sample before", () => {
  const { at, values } = column([0, 1], [1, 2], [50, 100], [51, 103]);
  expect(rollUp(at, values, HOUR_MS, undefined)).toMatchObject([{ increase: 4, spanMs: 2 * MINUTE_MS }]);
  expect(rollUp(at.subarray(0, 1), values.subarray(0, 1), HOUR_MS, undefined)).toMatchObject([
    { count: 1, increase: 0, spanMs: 0 },
  ]);
});

test("[ST36] hours and single samples give one number a step", () => {
  const range = { from: 0, until: 4 * HOUR_MS };
  const { at, values } = column([0, 1], [30, 3], [61, 8], [90, 2]);
  const hours = rollUp(at, values, HOUR_MS, undefined);
  const answers = { avg: 74 / 5, min: 1, max: 60, last: 60, sum: 74, count: 5 } as const;
  for (const [step, expected] of Object.entries(answers)) {
    const fold = bucketStepper(step as keyof typeof answers, range, 2 * HOUR_MS);
    fold.addRun([100 * MINUTE_MS], [60], undefined);
    const start = hours.map((hour) => hour.start);
    const field = (name: RollUpField): number[] =>
      hours.map((hour) => (name === "lastAfterMs" ? hour.lastAt - hour.start : hour[name]));
    expect(fold.addBuckets({ start, field }, [...hours.keys()])).toBe(true);
    expect([...fold.finish()]).toEqual([expected, NaN]);
  }
});
