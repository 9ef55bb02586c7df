import { expect, test } from "vitest";
import { spanText } from "./span.ts";

test.each([
  [-5, "0 s"],
  [0, "0 s"],
  [59_400, "59 s"],
  [60_000, "1 min"],
  [3_599_999, "59 min 59 s"],
  [3_600_000, "1 h"],
  [5_400_000, "1 h 30 min"],
  [86_400_000, "1 d"],
  [90_000_000, "1 d 1 h"],
  [86_400_000 + 300_000, "1 d"],
])("%i ms are %s", (ms, text) => {
  expect(spanText(ms)).toBe(text);
});
