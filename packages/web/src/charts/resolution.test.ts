import { expect, test } from "vitest";
import { resolutionOf } from "./resolution.ts";

test("one line made of hours is enough to say so", () => {
  const answer = { series: [{ resolutionMs: null }, { resolutionMs: 60_000 }, { resolutionMs: 3_600_000 }] };
  expect(resolutionOf(answer, undefined)).toBe(3_600_000);
  expect(resolutionOf({ series: [{ resolutionMs: null }] })).toBeNull();
  expect(resolutionOf(undefined)).toBeNull();
});
