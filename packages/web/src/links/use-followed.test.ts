import { expect, test } from "vitest";
import { nextLookMs } from "./use-followed.ts";

test("what goes on is followed until it is over, and a hub that refuses is not asked ten times a second", () => {
  expect(nextLookMs(false, null)).toBe(100);
  expect(nextLookMs(false, new Error("not found"))).toBe(2_000);
  expect(nextLookMs(true, null)).toBe(false);
});
