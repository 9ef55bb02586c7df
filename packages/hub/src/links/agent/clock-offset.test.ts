import { expect, test } from "vitest";
import { ClockOffset } from "./clock-offset.ts";

const ROUND_MS = 5_000;

/** The offset after each of these measurements, a round apart. */
function offsets(first: number, measured: readonly number[], roundMs = ROUND_MS): readonly number[] {
  const offset = new ClockOffset(first);
  return measured.map((ms, index) => {
    offset.measure(ms, index * roundMs);
    return offset.ms;
  });
}

test("what the network adds is not noticed", () => {
  expect(offsets(0, [40, -300, 4_999, -4_999])).toEqual([0, 0, 0, 0]);
});

test("a step forward shows at once, a step back after three rounds", () => {
  expect(offsets(0, [60_000, 60_000])).toEqual([60_000, 60_000]);
  expect(offsets(0, [0, 0, -60_000, -60_000, -60_000])).toEqual([0, 0, 0, 0, -60_000]);
});

test("readings that were held up do not look like a clock that stands behind, however many come together", () => {
  expect(offsets(0, [0, 0, -40_000, -35_000, 0, 0])).toEqual([0, 0, 0, 0, 0, 0]);
  expect(offsets(0, [0, ...Array.from({ length: 12 }, (_, index) => -60_000 + index * 5_000)], 1)).toEqual(
    Array.from({ length: 13 }, () => 0),
  );
});

test("a first measurement that was held up is mended by the next one", () => {
  expect(offsets(-20_000, [0])).toEqual([0]);
});
