import { expect, test } from "vitest";
import { ago, bytes, bytesPerSecond, decimal, percent, span, UNKNOWN, utc } from "./formats.ts";

test("what a server does not say is a dash, and never a zero", () => {
  for (const format of [percent, bytes, bytesPerSecond, decimal, span, utc]) expect(format(null)).toBe(UNKNOWN);
  expect(percent(0)).toBe("0 %");
});

test.each([
  [0, "0 B"],
  [1_023, "1023 B"],
  [1_024, "1.00 KiB"],
  [1_048_575, "1.00 MiB"],
  [15.25 * 1024 ** 3, "15.3 GiB"],
  [120 * 1024 ** 3, "120 GiB"],
])("%d bytes are written as %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});

test.each([
  [-5, "0 s"],
  [999, "0 s"],
  [12_000, "12 s"],
  [3_600_000, "1 h"],
  [3 * 86_400_000 + 4 * 3_600_000 + 59_000, "3 d 4 h"],
])("a span of %d ms is written as %s", (ms, text) => {
  expect(span(ms)).toBe(text);
});

test("an instant is written in UTC, and one in the future is now", () => {
  expect(utc(Date.UTC(2026, 10, 21, 8, 5, 3))).toBe("2026-11-21 08:05:03Z");
  expect(ago(10_000, 5_000)).toBe("now");
  expect(ago(5_000, 10_000)).toBe("5 s ago");
});
