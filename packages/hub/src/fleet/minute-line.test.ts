import { HOUR_MS, MINUTE_MS } from "@muster/core";
import { expect, test } from "vitest";
import { MinuteLine } from "./minute-line.ts";

const NOW = Date.UTC(2026, 0, 15, 12);

test("each minute of the last hour is the mean of its readings; minutes without one are null", () => {
  const line = new MinuteLine();
  line.add(NOW - 2 * MINUTE_MS, 0.2);
  line.add(NOW - 2 * MINUTE_MS + 1_000, 0.4);
  line.add(NOW, 1);
  const values = line.values(NOW);
  expect(values).toHaveLength(60);
  expect(values.slice(-3)).toEqual([0.3, null, 1]);
  expect(values.slice(0, 57).every((value) => value === null)).toBe(true);
});

test("an hour later nothing of it is left", () => {
  const line = new MinuteLine();
  line.add(NOW, 1);
  expect(line.values(NOW + 59 * MINUTE_MS)[0]).toBe(1);
  expect(line.values(NOW + HOUR_MS).every((value) => value === null)).toBe(true);
});

test("a reading older than the line is left out, one within it finds its minute", () => {
  const line = new MinuteLine();
  line.add(NOW, 1);
  line.add(NOW - HOUR_MS, 0.5);
  line.add(NOW - 59 * MINUTE_MS, 0.25);
  const values = line.values(NOW);
  expect(values[0]).toBe(0.25);
  expect(values[59]).toBe(1);
});

test("cleared, it begins anew at any time", () => {
  const line = new MinuteLine();
  line.add(NOW, 1);
  line.clear();
  line.add(NOW - 2 * HOUR_MS, 0.5);
  expect(line.values(NOW - 2 * HOUR_MS)[59]).toBe(0.5);
});
