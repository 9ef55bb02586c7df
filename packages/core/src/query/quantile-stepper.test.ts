import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketStepper, createStepper } from "../index.ts";
import { quantileOf, weightedQuantile } from "./quantile-stepper.ts";

const value = fc.double({ noNaN: true, noDefaultInfinity: true });
const quantile = fc.double({ min: 0, max: 1, noNaN: true });
const ascending = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

describe("quantileOf", () => {
  test("is interpolated between neighbours, as R and Prometheus do it", () => {
    const of = (q: number) => quantileOf(Float64Array.of(1, 2, 4, 8), q);
    expect([0, 1 / 3, 0.5, 0.9, 1].map(of)).toEqual([1, 2, 3, 4 + 4 * (2.7 - 2), 8]);
    expect(quantileOf(Float64Array.of(7), 0.3)).toBe(7);
    expect(quantileOf(new Float64Array(0), 0.5)).toBeNaN();
  });

  test("lies between the least and the greatest, and grows with the quantile, for any finite numbers", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), quantile, quantile, (values, one, other) => {
        const sorted = ascending(values);
        const [low, high] = [Math.min(one, other), Math.max(one, other)].map((q) => quantileOf(sorted, q)) as [
          number,
          number,
        ];
        expect(low).toBeGreaterThanOrEqual(sorted[0]!);
        expect(high).toBeLessThanOrEqual(sorted.at(-1)!);
        expect(quantileOf(sorted, 0)).toBe(sorted[0]);
        expect(quantileOf(sorted, 1)).toBe(sorted.at(-1));
        // Rounding may turn neighbours round by their last digit.
        expect(low - high).toBeLessThanOrEqual(Math.abs(high) * 1e-15);
      }),
      { numRuns: 2_000 },
    );
  });

  test("the ends of what a float64 can say do not overflow", () => {
    const extremes = Float64Array.of(-Number.MAX_VALUE, Number.MAX_VALUE);
    expect([0, 0.5, 1].map((q) => quantileOf(extremes, q))).toEqual([-Number.MAX_VALUE, 0, Number.MAX_VALUE]);
    expect(quantileOf(Float64Array.of(-0, 1), 0)).toBe(-0);
    const mean = createStepper("avg", { from: 0, until: 10 }, 10);
    mean.addRun([0, 1], extremes, 0, 2);
    expect([...mean.finish()]).toEqual([0]);
  });
});

describe("weightedQuantile", () => {
  test("is what the same numbers written out would give, in whatever order", () => {
    const pair = fc.tuple(value, fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 20 }), quantile, (pairs, q) => {
        const written = ascending(pairs.flatMap(([number, weight]) => Array.from({ length: weight }, () => number)));
        expect(weightedQuantile(pairs, q)).toBe(quantileOf(written, q));
      }),
      { numRuns: 2_000 },
    );
    expect(weightedQuantile([], 0.5)).toBeNaN();
  });
});

describe("a quantile of each step", () => {
  const samples = fc
    .array(fc.tuple(fc.integer({ min: -100, max: 1_100 }), fc.double({ noDefaultInfinity: true })), { maxLength: 200 })
    .map((list) => list.toSorted(([left], [right]) => left - right));
  const range = { from: 0, until: 1_000 };

  test("is that of the samples in it, and of no others; a step without any is a gap", () => {
    fc.assert(
      fc.property(samples, quantile, fc.integer({ min: 50, max: 1_500 }), (list, q, stepMs) => {
        const stepper = createStepper("quantile", range, stepMs, q);
        for (const [at, number] of list) stepper.add(at, number);
        const steps = Array.from({ length: Math.ceil(1_000 / stepMs) }, (_, index) => {
          const until = Math.min((index + 1) * stepMs, 1_000);
          const inside = list.filter(([at, number]) => at >= index * stepMs && at < until && !Number.isNaN(number));
          return quantileOf(ascending(inside.map(([, number]) => number)), q);
        });
        expect([...stepper.finish()]).toEqual(steps);
      }),
      { numRuns: 1_000 },
    );
  });

  test("of many samples in one step, more than it makes room for at first", () => {
    const values = Float64Array.from({ length: 1_001 }, (_, index) => (index * 5) % 1_001);
    const stepper = createStepper("quantile", range, 1_000, 0.25);
    stepper.addRun(
      values.map((_value, index) => index % 1_000),
      values,
      0,
      values.length,
    );
    expect([...stepper.finish()]).toEqual([250]);
  });

  test("out of buckets it is that of their means, each as often as it has samples, and of single samples", () => {
    const stepper = bucketStepper("quantile", range, 500, 0.5);
    const columns = { count: [3, 1], sum: [30, 100] };
    stepper.addBuckets({ start: [0, 100], field: (name) => columns[name as keyof typeof columns] ?? [] }, [0, 1]);
    stepper.addRun([200, 600], [7, 9], undefined);
    // 7 10 10 10 100, and 9 alone.
    expect([...stepper.finish()]).toEqual([10, 9]);
  });
});
