import fc from "fast-check";
import { expect, test } from "vitest";
import { RATE_GAP_INTERVALS, stepColumn } from "./index.ts";

const rate = (from: number, until: number, stepMs: number, samples: readonly (readonly [number, number])[]) => [
  ...stepColumn(
    "rate",
    { from, until },
    stepMs,
    samples.map(([at]) => at),
    samples.map(([, value]) => value),
  ),
];

test("[ST4] a rate is growth per second", () => {
  expect(
    rate(0, 10_000, 10_000, [
      [0, 100],
      [5_000, 150],
      [9_000, 190],
    ]),
  ).toEqual([10]);
});

test("[ST4] the sample before the range is the base of the first one in it", () => {
  const inside = [
    [10_000, 300],
    [15_000, 350],
  ] as const;
  expect(rate(10_000, 20_000, 5_000, [[5_000, 200], ...inside])).toEqual([20, 10]);
  expect(rate(10_000, 20_000, 5_000, inside)).toEqual([NaN, 10]);
});

test("[ST4] a sample after the range adds nothing to it", () => {
  expect(
    rate(0, 10_000, 5_000, [
      [0, 0],
      [5_000, 5],
      [10_000, 1_000],
    ]),
  ).toEqual([NaN, 1]);
});

test("[ST5] a counter that became smaller began again from zero", () => {
  expect(
    rate(0, 15_000, 5_000, [
      [0, 1_000],
      [5_000, 1_050],
      [10_000, 20],
    ]),
  ).toEqual([NaN, 10, 4]);
});

test("[ST6] there is no rate over a gap longer than six times the intervals beside it", () => {
  const until = 5_000 * (RATE_GAP_INTERVALS + 4);
  const after = (missing: number) => {
    const back = 10_000 + 5_000 * missing;
    return rate(0, until, until, [
      [0, 0],
      [5_000, 5],
      [10_000, 10],
      [back, 1_000],
      [back + 5_000, 1_005],
    ]);
  };
  expect(after(RATE_GAP_INTERVALS)).toEqual([1_005 / (5 * (RATE_GAP_INTERVALS + 3))]);
  expect(after(RATE_GAP_INTERVALS + 0.1)).toEqual([1]);
});

test("[ST6] a gap at the beginning and at the end of what is read is seen from one side", () => {
  expect(
    rate(100_000, 110_000, 5_000, [
      [0, 0],
      [100_000, 9_999],
      [105_000, 10_004],
    ]),
  ).toEqual([NaN, 1]);
  expect(
    rate(0, 105_000, 105_000, [
      [0, 0],
      [5_000, 5],
      [100_000, 9_999],
    ]),
  ).toEqual([1]);
});

test("[ST6] a change of the sampling interval is no gap", () => {
  const samples = [
    [0, 0],
    [1_000, 1],
    [2_000, 2],
    [62_000, 62],
    [122_000, 122],
  ] as const;
  expect(rate(0, 122_001, 122_001, samples)).toEqual([1]);
});

test("[ST4] rate times step adds up to the whole growth, across any resets", () => {
  const growths = fc.array(fc.tuple(fc.nat({ max: 1_000_000 }), fc.boolean()), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(
      growths,
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 60_000 }),
      (list, perStep, intervalMs) => {
        let total = 1_000;
        let grown = 0;
        const samples: [number, number][] = [[0, total]];
        for (const [index, [growth, isReset]] of list.entries()) {
          const next = isReset && growth < total ? growth : total + growth;
          grown += growth;
          total = next;
          samples.push([(index + 1) * intervalMs, next]);
        }
        const stepMs = perStep * intervalMs;
        // The base stands one interval before the range, and whole steps are asked, so that every step is covered in full.
        const until = intervalMs + Math.floor(list.length / perStep) * stepMs;
        const covered = list
          .slice(0, Math.floor(list.length / perStep) * perStep)
          .reduce((sum, [growth]) => sum + growth, 0);
        const points = rate(intervalMs, until, stepMs, samples);
        const sum = points.reduce((before, point) => before + (point * stepMs) / 1_000, 0);
        expect(sum).toBeCloseTo(covered, 3);
        expect(grown).toBeGreaterThanOrEqual(covered);
      },
    ),
  );
});

test("[ST4] a steady counter has the same rate however irregularly it is read", () => {
  const gaps = fc.array(fc.integer({ min: 4_000, max: 6_000 }), { minLength: 2, maxLength: 100 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 100, max: 100_000 }), (list, stepMs) => {
      let at = 0;
      const samples: [number, number][] = [[0, 0]];
      for (const gapMs of list) {
        at += gapMs;
        samples.push([at, at * 3]);
      }
      for (const point of rate(0, at + 1, stepMs, samples)) {
        if (!Number.isNaN(point)) expect(point).toBeCloseTo(3_000, 6);
      }
    }),
  );
});
