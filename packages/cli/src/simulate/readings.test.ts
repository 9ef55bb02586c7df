import { findMetric } from "@muster/core";
import { batchFrameSchema } from "@muster/protocol";
import { expect, test } from "vitest";
import { Readings, simulatedSeries } from "./readings.ts";

test("every simulated series is a metric of the catalogue with its own labels, and none comes twice", () => {
  const series = simulatedSeries(200);
  for (const { definition } of series) {
    expect(findMetric(definition.metric)?.labels, definition.metric).toEqual(Object.keys(definition.labels ?? {}));
  }
  expect(new Set(series.map(({ definition }) => JSON.stringify(definition))).size).toBe(200);
});

test("a row is what the hub accepts, and counters never fall", () => {
  const series = simulatedSeries(60);
  const readings = new Readings(series, 7);
  const counters = series.flatMap(({ motion }, index) => (motion.is === "counter" ? [index + 1] : []));
  let before: number[] = [];
  for (let round = 1; round <= 50; round++) {
    const row = JSON.parse(readings.next(1_000 * round, 5)) as number[];
    const frame = { t: "batch", seq: round, layout: 0, rows: [row] };
    expect(batchFrameSchema.safeParse(frame).success).toBe(true);
    expect(row).toHaveLength(61);
    for (const index of counters) expect(row[index]).toBeGreaterThanOrEqual(before[index] ?? 0);
    before = row;
  }
});

test("the same seed gives the same readings, another one others", () => {
  const series = simulatedSeries(100);
  const rowOf = (seed: number) => new Readings(series, seed).next(0, 5);
  expect(rowOf(1)).toBe(rowOf(1));
  expect(rowOf(1)).not.toBe(rowOf(2));
});
