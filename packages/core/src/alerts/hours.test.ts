import { expect, test } from "vitest";
import { isTimeZone, isWithin } from "./hours.ts";

const OFFICE = { zone: "Europe/Berlin", spans: [{ days: [1, 2, 3, 4, 5], from: "08:00", until: "18:00" }] };
const NIGHT = { zone: "Europe/Berlin", spans: [{ days: [5], from: "22:00", until: "06:00" }] };

test.each([
  ["2026-01-15T06:59:00Z", false],
  ["2026-01-15T07:00:00Z", true],
  ["2026-01-15T16:59:00Z", true],
  ["2026-01-15T17:00:00Z", false],
  // By the clock on the wall: an hour earlier in summer.
  ["2026-07-15T06:00:00Z", true],
  ["2026-07-15T16:00:00Z", false],
  ["2026-01-17T10:00:00Z", false],
])("[AL16] office hours at %s: %s", (at, is) => {
  expect(isWithin(OFFICE, Date.parse(at))).toBe(is);
});

test.each([
  ["2026-01-16T20:59:00Z", false],
  ["2026-01-16T21:00:00Z", true],
  ["2026-01-17T04:59:00Z", true],
  ["2026-01-17T05:00:00Z", false],
  ["2026-01-16T03:00:00Z", false],
])("[AL16] a night that begins on Friday at %s: %s", (at, is) => {
  expect(isWithin(NIGHT, Date.parse(at))).toBe(is);
});

test("zones", () => {
  expect(["UTC", "Asia/Tokyo", "Mars/Base", ""].map(isTimeZone)).toEqual([true, true, false, false]);
});
