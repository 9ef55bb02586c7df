import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstDueInMs, intervalsAfter, nextDueMs, phaseMs } from "./interval-places.ts";

const NOW = Date.UTC(2026, 0, 15, 12);

describe("the schedule of looks", () => {
  test("[PL50] spreads ids flat over the interval, also those that differ in a letter only", () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 1_000; index++)
      tenths[Math.floor(firstDueInMs(`server-${index}`, 10_000, NOW) / 1_000)]!++;
    for (const count of tenths) expect(count).toBeGreaterThan(70);
    for (const count of tenths) expect(count).toBeLessThan(130);
  });

  test("[PL50] gives an id the same place after a restart, whenever that is", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1_000, max: 600_000 }),
        fc.nat(10_000_000),
        (id, intervalMs, later) => {
          const place = (now: number): number => (now + firstDueInMs(id, intervalMs, now)) % intervalMs;
          const wait = firstDueInMs(id, intervalMs, NOW + later);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThan(intervalMs);
          const apart = Math.abs(place(NOW) - place(NOW + later));
          expect(Math.min(apart, intervalMs - apart)).toBeLessThan(0.01);
          expect(phaseMs(id, intervalMs)).toBeLessThan(intervalMs);
        },
      ),
    );
  });

  test("[PL51] waits for longer after each failure, up to five minutes, and never less than the interval", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 99].map((failures) => intervalsAfter(failures, 10_000))).toEqual([
      1, 1, 2, 4, 8, 16, 30, 30,
    ]);
    expect([0, 1, 5].map((failures) => intervalsAfter(failures, 400_000))).toEqual([1, 1, 1]);
  });

  test("[PL50] keeps to its places and makes up for nothing", () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.nat(500_000),
        fc.integer({ min: 1_000, max: 60_000 }),
        fc.nat(12),
        (due, tookMs, intervalMs, failures) => {
          const next = nextDueMs(due, due + tookMs, intervalMs, failures);
          expect(next).toBeGreaterThan(due + tookMs);
          expect((next - due) % intervalMs).toBe(0);
          expect(next - due).toBeLessThanOrEqual(
            Math.max(intervalsAfter(failures, intervalMs) * intervalMs, tookMs + intervalMs),
          );
        },
      ),
    );
  });
});
