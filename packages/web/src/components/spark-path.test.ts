import { expect, test } from "vitest";
import { sparkPath } from "./spark-path.ts";

test("a gap lifts the pen", () => {
  expect(sparkPath([0, 1, null, 0.5], 30, 11)).toBe("M0 10.5h.01L10 0.5M30 5.5h.01");
});

test("nothing known draws nothing", () => {
  expect(sparkPath([null, null], 30, 11)).toBe("");
  expect(sparkPath([], 30, 11)).toBe("");
});
