import { expect, test } from "vitest";
import { scaleOf } from "./evidence-scale.ts";

test("shares are drawn from nothing to all of it, anything else from where it begins", () => {
  expect(scaleOf([0.7, null, 0.9], "ratio")).toEqual({ bottom: 0, top: 1, least: 0.7, most: 0.9, last: 0.9 });
  expect(scaleOf([5, 9, null], "count")).toEqual({ bottom: 5, top: 9, least: 5, most: 9, last: 9 });
});

test("a line that does not move, and none at all, have a height too", () => {
  const still = scaleOf([4, 4], "load");
  expect(still.top).toBeGreaterThan(still.bottom);
  expect(scaleOf([null], "bytes")).toMatchObject({ bottom: 0, top: 1, least: null, last: null });
});
