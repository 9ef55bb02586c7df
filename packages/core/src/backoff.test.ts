import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs, RECONNECT_BACKOFF } from "./backoff.ts";

test("a wait lies between the floor and the bound that doubles up to the cap", () => {
  fc.assert(
    fc.property(fc.nat(5_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, chance) => {
      const waitMs = backoffMs(RECONNECT_BACKOFF, attempt, () => chance);
      expect(waitMs).toBeGreaterThanOrEqual(RECONNECT_BACKOFF.floorMs);
      expect(waitMs).toBeLessThanOrEqual(Math.min(60_000, 1_000 * 2 ** Math.min(attempt, 10)));
    }),
  );
});

test("the jitter is full: the wait is spread over the whole bound", () => {
  expect([0, 0.25, 0.5, 0.75].map((chance) => backoffMs(RECONNECT_BACKOFF, 20, () => chance))).toEqual([
    500, 15_000, 30_000, 45_000,
  ]);
  expect(backoffMs(RECONNECT_BACKOFF, 0, () => 0.9)).toBe(900);
});
