import { expect, test } from "vitest";
import { LatencyTally } from "./latency-tally.ts";

test("nothing counted has no percentile", () => {
  expect(new LatencyTally().quantile(0.5)).toBeNull();
  expect(new LatencyTally().maxMs).toBeNull();
});

test("percentiles are within five percent and the greatest is exact", () => {
  const tally = new LatencyTally();
  for (let ms = 1; ms <= 1_000; ms++) tally.add(ms);
  expect(tally.count).toBe(1_000);
  expect(tally.quantile(0.5)! / 500).toBeGreaterThan(0.95);
  expect(tally.quantile(0.5)! / 500).toBeLessThan(1.06);
  expect(tally.quantile(0.99)! / 990).toBeLessThan(1.06);
  expect(tally.maxMs).toBe(1_000);
  tally.add(10_000_000);
  expect(tally.quantile(1)).toBeLessThanOrEqual(10_000_000);
});
