import { expect, test } from "vitest";
import { lonePoints } from "./lone-points.ts";

test("the only value there is stands alone", () => {
  expect(lonePoints([5], [1], 3)).toEqual([0]);
  expect(lonePoints([0, 10, 20], [null, 1, null], 3)).toEqual([1]);
});

test("a value between two gaps stands alone, one with a neighbour does not", () => {
  expect(lonePoints([0, 1, 2, 10, 20, 21], [1, 1, null, 1, 1, 1], 3)).toEqual([3]);
  expect(lonePoints([0, 1, 10], [1, 1, 1], 3)).toEqual([2]);
  expect(lonePoints([0, 10, 11], [1, 1, 1], 3)).toEqual([0]);
});

test("a line has no lone values, nor has nothing", () => {
  expect(lonePoints([0, 1, 2], [1, null, 1], 3)).toBeNull();
  expect(lonePoints([0, 1], [null, undefined], 3)).toBeNull();
  expect(lonePoints([], [], 3)).toBeNull();
});
