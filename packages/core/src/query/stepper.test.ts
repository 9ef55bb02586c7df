import fc from "fast-check";
import { expect, test } from "vitest";
import { createStepper, STEP_FUNCTIONS, stepColumn, stepCount } from "./index.ts";

const RANGE = { from: 1_000, until: 2_000 };
const numbers = (points: Float64Array) => [...points];

test("[ST1] a step holds its beginning and not its end, the range likewise", () => {
  const at = [999, 1_000, 1_499, 1_500, 1_999, 2_000];
  expect(numbers(stepColumn("count", RANGE, 500, at, [1, 1, 1, 1, 1, 1]))).toEqual([2, 2]);
  expect(numbers(stepColumn("last", RANGE, 500, at, [1, 2, 3, 4, 5, 6]))).toEqual([3, 5]);
});

test("[ST1] the last step is cut at the end of the range", () => {
  expect(stepCount(RANGE, 300)).toBe(4);
  expect(numbers(stepColumn("count", RANGE, 300, [1_900, 1_999, 2_000, 2_050], [1, 1, 1, 1]))).toEqual([
    NaN,
    NaN,
    NaN,
    2,
  ]);
});

test("[ST1] an empty or reversed range has no step", () => {
  expect(stepCount({ from: 5, until: 5 }, 1)).toBe(0);
  expect(stepCount({ from: 6, until: 5 }, 1)).toBe(0);
});

test("[ST2] a step that no sample fell in is NaN, for every function", () => {
  for (const step of STEP_FUNCTIONS) {
    const points = stepColumn(step, RANGE, 250, [1_000, 1_100, 1_800, 1_900], [1, 2, 3, 4]);
    expect(numbers(points).map(Number.isNaN), step).toEqual([false, true, true, false]);
  }
});

test("[ST2] a value that is not a number counts as not read", () => {
  expect(numbers(stepColumn("count", RANGE, 1_000, [1_000, 1_100], [NaN, 1]))).toEqual([1]);
  expect(numbers(stepColumn("min", RANGE, 1_000, [1_000], [NaN]))).toEqual([NaN]);
});

test("[ST3] each function folds the samples of its own step", () => {
  const at = [1_000, 1_100, 1_200, 1_600, 1_700];
  const values = [4, 1, 7, -2, -4];
  const points = (step: (typeof STEP_FUNCTIONS)[number]) => numbers(stepColumn(step, RANGE, 500, at, values));
  expect(points("avg")).toEqual([4, -3]);
  expect(points("min")).toEqual([1, -4]);
  expect(points("max")).toEqual([7, -2]);
  expect(points("sum")).toEqual([12, -6]);
  expect(points("last")).toEqual([7, -4]);
  expect(points("count")).toEqual([3, 2]);
});

const samples = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 900, max: 2_100 }), fc.double({ min: -1e9, max: 1e9, noNaN: true })), {
    selector: ([at]) => at,
    maxLength: 60,
  })
  .map((list) => list.sort(([left], [right]) => left - right));

test("[ST3] min ≤ avg ≤ max, and the counts add up to the samples in the range", () => {
  fc.assert(
    fc.property(samples, fc.integer({ min: 1, max: 1_200 }), (list, stepMs) => {
      const at = list.map(([instant]) => instant);
      const values = list.map(([, value]) => value);
      const points = (step: "min" | "avg" | "max" | "count") => stepColumn(step, RANGE, stepMs, at, values);
      const [least, mean, most, counts] = [points("min"), points("avg"), points("max"), points("count")];
      const inside = at.filter((instant) => instant >= RANGE.from && instant < RANGE.until).length;
      expect(counts.reduce((sum, count) => sum + (Number.isNaN(count) ? 0 : count), 0)).toBe(inside);
      for (const [index, value] of mean.entries()) {
        if (Number.isNaN(value)) expect(counts[index]).toBeNaN();
        else expect(value >= (least[index] ?? NaN) && value <= (most[index] ?? NaN)).toBe(true);
      }
    }),
  );
});

test("[ST1] a range asked in two halves gives the points of the whole", () => {
  fc.assert(
    fc.property(samples, fc.constantFrom("avg", "min", "max", "last", "sum", "count"), (list, step) => {
      const at = list.map(([instant]) => instant);
      const values = list.map(([, value]) => value);
      const whole = stepColumn(step, RANGE, 100, at, values);
      const first = stepColumn(step, { from: 1_000, until: 1_500 }, 100, at, values);
      const second = stepColumn(step, { from: 1_500, until: 2_000 }, 100, at, values);
      expect([...first, ...second]).toEqual(numbers(whole));
    }),
  );
});

test("a stepper of an empty range takes samples and gives no point", () => {
  for (const step of STEP_FUNCTIONS) {
    const stepper = createStepper(step, { from: 1_000, until: 1_000 }, 10);
    stepper.add(1_000, 1);
    stepper.add(1_001, 2);
    expect(stepper.finish()).toHaveLength(0);
  }
});
