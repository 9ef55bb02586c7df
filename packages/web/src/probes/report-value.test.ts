import { expect, test } from "vitest";
import { makeFormat } from "../i18n/format.ts";
import { reportNumber, shortTime } from "./report-value.ts";

const en = makeFormat("en", "UTC");
const ru = makeFormat("ru", "UTC");

test.each([
  [1_536, "bytes", "1.50 KiB"],
  [1_536, "bytes_per_second", "1.50 KiB/s"],
  [0.934, "ratio", "93.4 %"],
  [0.043, "seconds", "43 ms"],
  [244, "seconds", "4m 4s"],
  [43, "milliseconds", "43 ms"],
  [0.2, "milliseconds", "< 1 ms"],
  [12.5, "per_second", "12.50/s"],
  [1_234, "count", "1,234"],
  [503, undefined, "503"],
  [2.5, "of a newer hub", "2.50"],
  [0, "instant", "Jan 1, 1970, 00:00:00"],
  [9e15, "instant", "9,000,000,000,000,000"],
])("%d in %s is %s", (value, unit, text) => {
  expect(reportNumber(value, unit, en)).toBe(text);
});

test("what is no number is left to be shown as it is", () => {
  expect(reportNumber("TLSv1.3", "count", en)).toBeUndefined();
  expect(reportNumber(null, "bytes", en)).toBeUndefined();
  expect(reportNumber(1.5, "per_second", ru)).toBe("1,50/с");
});

test("times change from milliseconds to seconds where the eye does", () => {
  expect([0, 9_999, 10_000, 95_000].map((ms) => shortTime(ms, en))).toEqual(["0 ms", "9,999 ms", "10s", "1m 35s"]);
});
