import fc from "fast-check";
import { expect, test } from "vitest";
import { addSequences, hasSequence } from "./sequence-ranges.ts";
import type { SequenceRanges } from "./sequence-ranges.ts";

test("touching and overlapping ranges become one, others stay apart", () => {
  expect(addSequences([], 5)).toEqual([[5, 5]]);
  expect(addSequences([[1, 3]], 4)).toEqual([[1, 4]]);
  expect(addSequences([[1, 3]], 5)).toEqual([
    [1, 3],
    [5, 5],
  ]);
  expect(
    addSequences(
      [
        [1, 3],
        [7, 9],
      ],
      4,
      6,
    ),
  ).toEqual([[1, 9]]);
  expect(
    addSequences(
      [
        [1, 3],
        [7, 9],
      ],
      2,
      8,
    ),
  ).toEqual([[1, 9]]);
  expect(addSequences([[5, 6]], 1, 2)).toEqual([
    [1, 2],
    [5, 6],
  ]);
  expect(addSequences([[1, 9]], 4, 5)).toEqual([[1, 9]]);
});

test("whatever is added in whatever order: the ranges hold exactly that, ascending and apart", () => {
  const span = fc.tuple(fc.nat(60), fc.nat(6)).map(([first, length]) => [first, first + length] as const);
  fc.assert(
    fc.property(fc.array(span, { maxLength: 40 }), (spans) => {
      const model = new Set<number>();
      let ranges: SequenceRanges = [];
      for (const [first, last] of spans) {
        for (let seq = first; seq <= last; seq++) model.add(seq);
        ranges = addSequences(ranges, first, last);
      }
      for (let seq = -1; seq <= 70; seq++) expect(hasSequence(ranges, seq)).toBe(model.has(seq));
      for (let index = 0; index < ranges.length; index++) {
        expect(ranges[index]![0]).toBeLessThanOrEqual(ranges[index]![1]);
        if (index > 0) expect(ranges[index]![0]).toBeGreaterThan(ranges[index - 1]![1] + 1);
      }
    }),
  );
});
