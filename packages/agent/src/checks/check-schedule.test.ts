import fc from "fast-check";
import { expect, test } from "vitest";
import { firstDelayMs, nextDueMs } from "./check-schedule.ts";

test("[HC1] the first try is within two seconds, and within the interval when that is shorter", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 3_600_000 }), (name, intervalMs) => {
      const delayMs = firstDelayMs(name, intervalMs);
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThan(Math.min(2_000, intervalMs));
    }),
  );
});

test("[HC1] each further try is half an interval to one and a half away, and then exactly one", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 100, max: 600_000 }),
      fc.integer({ min: 0, max: 1e9 }),
      (name, intervalMs, nowMs) => {
        const dueMs = nextDueMs(name, intervalMs, nowMs);
        expect(dueMs - nowMs).toBeGreaterThanOrEqual(intervalMs / 2 - 1);
        expect(dueMs - nowMs).toBeLessThanOrEqual(1.5 * intervalMs + 1);
        expect(nextDueMs(name, intervalMs, dueMs) - dueMs).toBeCloseTo(intervalMs, 3);
      },
    ),
  );
});

test("[HC1] a hundred checks of one interval fall evenly over it", () => {
  const intervalMs = 30_000;
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let index = 0; index < 100; index++) {
    const place = nextDueMs(`process/service-${index}/front`, intervalMs, 0) % intervalMs;
    tenths[Math.floor((place / intervalMs) * 10)]! += 1;
  }
  expect(Math.max(...tenths)).toBeLessThanOrEqual(20);
  expect(Math.min(...tenths)).toBeGreaterThanOrEqual(3);
});
