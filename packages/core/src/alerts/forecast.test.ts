import { expect, test } from "vitest";
import { slopeOf } from "./forecast.ts";

const line = (count: number, value: (index: number) => number) =>
  Array.from({ length: count }, (_one, index) => ({ atMs: index * 1_000, value: value(index) }));

test("[AL26] a line is found, also through noise and gaps", () => {
  expect(
    slopeOf(
      line(10, (index) => 5 + index * 2),
      10_000,
    ),
  ).toBeCloseTo(0.002);
  expect(
    slopeOf(
      line(100, (index) => index + (index % 2)),
      100_000,
    ),
  ).toBeCloseTo(0.001, 4);
  expect(
    slopeOf(
      line(20, (index) => (index % 3 === 0 ? Number.NaN : index)),
      20_000,
    ),
  ).toBeCloseTo(0.001);
});

test.each([
  ["nothing", 0, 1_000],
  ["too few points", 5, 5_000],
  ["too short a time", 10, 100_000],
])("[AL26] %s says nothing", (_name, count, windowMs) => {
  expect(
    slopeOf(
      line(count, (index) => index),
      windowMs,
    ),
  ).toBeUndefined();
});
