import { expect, test } from "vitest";
import { fixedRange, formatRange, parseRange, periodShiftMs, requestSpan, stepFor } from "./chart-range.ts";

test("a range survives the address, and nonsense becomes the default", () => {
  expect(formatRange(parseRange("24h"))).toBe("24h");
  expect(formatRange(parseRange("1000..90000"))).toBe("1000..90000");
  for (const text of [undefined, "", "2h", "9000..1000", "1..2", "a..b"])
    expect(formatRange(parseRange(text))).toBe("15m");
});

test("the step is round, gives some hundred points, and is never finer than the readings", () => {
  expect(stepFor(15 * 60_000, 1_000)).toBe(5_000);
  expect(stepFor(15 * 60_000, 10_000)).toBe(10_000);
  expect(stepFor(86_400_000, 10_000)).toBe(300_000);
  expect(stepFor(90 * 86_400_000, 10_000)).toBe(28_800_000);
});

test("what is asked for lies on the grid and covers the range", () => {
  const span = requestSpan(parseRange("15m"), 10_000, 1_000_000_123_456);
  expect(span.from % span.stepMs).toBe(0);
  expect(span.to % span.stepMs).toBe(0);
  expect(span.to).toBeGreaterThanOrEqual(1_000_000_123_456);
  expect(span.from).toBeLessThanOrEqual(1_000_000_123_456 - 900_000);
});

test("a year is asked for in days, and fits into one picture", () => {
  const span = requestSpan(parseRange("1y"), 10_000, 1_800_000_000_000);
  expect(span.stepMs).toBe(86_400_000);
  expect((span.to - span.from) / span.stepMs).toBeLessThanOrEqual(366);
});

test("the period before lies on the same grid, so that its steps meet those of now", () => {
  for (const text of ["15m", "1h", "6h", "24h", "7d", "30d", "90d", "1y", "1000..778123"]) {
    const range = parseRange(text);
    const { stepMs } = requestSpan(range, 1_000, 1_800_000_000_000);
    const shiftMs = periodShiftMs(range, stepMs);
    expect(shiftMs % stepMs, text).toBe(0);
    if (range.is === "live") expect(shiftMs, text).toBe(range.lengthMs);
  }
});

test("a look closer keeps a few readings, a look further ends now and after a year", () => {
  expect(fixedRange(1_000, 1_010, 1_000_000)).toEqual({ is: "fixed", from: -1_495, to: 3_505 });
  expect(fixedRange(500_000, 1_500_000, 1_000_000)).toEqual({ is: "fixed", from: 0, to: 1_000_000 });
  const year = 365 * 86_400_000;
  expect(fixedRange(0, 2 * year, 2 * year)).toEqual({ is: "fixed", from: year / 2, to: 1.5 * year });
});
