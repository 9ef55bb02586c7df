import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../time.ts";
import { isSealDue, sealSpan } from "./seal-plan.ts";

test("[ST38] two hours are sealed together, one when they are many samples", () => {
  const at = 5 * HOUR_MS + 7;
  expect(sealSpan(at, () => 120_000)).toEqual({ from: 4 * HOUR_MS, until: 6 * HOUR_MS });
  expect(sealSpan(at, () => 120_001)).toEqual({ from: 5 * HOUR_MS, until: 6 * HOUR_MS });
});

test("[ST38] a server is sealed 5 to 45 minutes after the two hours, and not all at once", () => {
  const dueAfter = (server: number): number => {
    let minutes = 0;
    while (!isSealDue(HOUR_MS, server, 2 * HOUR_MS + minutes * MINUTE_MS)) minutes++;
    return minutes;
  };
  const minutes = Array.from({ length: 1_000 }, (_, server) => dueAfter(server));
  expect(Math.min(...minutes)).toBe(5);
  expect(Math.max(...minutes)).toBe(45);
  expect(new Set(minutes).size).toBeGreaterThan(30);
});
