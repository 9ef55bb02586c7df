import { DAY_MS } from "@muster/core";
import { expect, test } from "vitest";
import { dayStacks } from "./day-stacks.ts";

test("a day holds all its resolutions, and days without anything stand empty", () => {
  const days = [
    { day: 0, resolutionMs: 60_000, bytes: 4, count: 1 },
    { day: 0, resolutionMs: 3_600_000, bytes: 1, count: 1 },
    { day: 2 * DAY_MS, resolutionMs: 0, bytes: 9, count: 1 },
  ];
  expect(dayStacks(days)).toEqual([
    { day: 0, bytes: { samples: 0, minutes: 4, hours: 1 }, total: 5 },
    { day: DAY_MS, bytes: { samples: 0, minutes: 0, hours: 0 }, total: 0 },
    { day: 2 * DAY_MS, bytes: { samples: 9, minutes: 0, hours: 0 }, total: 9 },
  ]);
  expect(dayStacks([])).toEqual([]);
});

test("hours that are kept in stretches are spread over their days", () => {
  const hours = (day: number, bytes: number) => ({ day: day * DAY_MS, resolutionMs: 3_600_000, bytes, count: 1 });
  expect(dayStacks([hours(0, 90), hours(3, 7), hours(4, 8)]).map(({ total }) => total)).toEqual([30, 30, 30, 7, 8]);
});
