import { expect, test } from "vitest";
import { formatRange, parseRange, requestSpan, stepFor } from "./chart-range.ts";

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
