import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMBINE_FUNCTIONS, createCombiner, meanOf } from "./index.ts";

const POINTS = 5;
const point = fc.oneof(fc.constant(NaN), fc.double({ noNaN: true, min: -1e9, max: 1e9 }));
const lines = fc.array(
  fc.array(point, { minLength: POINTS, maxLength: POINTS }).map((points) => Float64Array.from(points)),
  { maxLength: 6 },
);

describe("createCombiner", () => {
  test("each step is folded over the lines that have a point there; none is a gap", () => {
    fc.assert(
      fc.property(lines, (all) => {
        for (const name of COMBINE_FUNCTIONS) {
          const combiner = createCombiner(name, POINTS);
          for (const values of all) combiner.add({ values });
          const { values, min, max } = combiner.finish();
          for (let index = 0; index < POINTS; index++) {
            const there = all.map((line) => line[index]!).filter((number) => !Number.isNaN(number));
            if (there.length === 0) {
              expect([values[index], min[index], max[index]]).toEqual([NaN, NaN, NaN]);
              continue;
            }
            const sum = there.reduce((total, number) => total + number, 0);
            const [least, most] = [Math.min(...there), Math.max(...there)];
            expect([min[index], max[index]]).toEqual([least, most]);
            if (name === "avg") {
              expect(values[index]).toBeCloseTo(sum / there.length, 5);
              expect(values[index]).toBeGreaterThanOrEqual(least);
              expect(values[index]).toBeLessThanOrEqual(most);
            } else expect(values[index]).toBe({ min: least, max: most, sum, count: there.length }[name]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("the band goes from the least to the greatest of all bands, whatever the function", () => {
    for (const name of COMBINE_FUNCTIONS) {
      const combiner = createCombiner(name, 1);
      combiner.add({ values: Float64Array.of(5), min: Float64Array.of(1), max: Float64Array.of(6) });
      combiner.add({ values: Float64Array.of(7), min: Float64Array.of(4), max: Float64Array.of(30) });
      const { min, max } = combiner.finish();
      expect([name, min[0], max[0]]).toEqual([name, 1, 30]);
    }
  });

  test("a mean of the greatest numbers there are is no infinity", () => {
    const combiner = createCombiner("avg", 1);
    for (const value of [Number.MAX_VALUE, Number.MAX_VALUE]) combiner.add({ values: Float64Array.of(value) });
    expect(combiner.finish().values[0]).toBe(Number.MAX_VALUE);
  });
});

test("the mean of a line is that of its points; a line without any comes last", () => {
  expect(meanOf(Float64Array.of(1, NaN, 3))).toBe(2);
  expect(meanOf(Float64Array.of(NaN))).toBe(-Infinity);
});
