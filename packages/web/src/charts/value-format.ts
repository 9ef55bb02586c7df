import type { MetricUnit } from "@muster/core";
import type { Format } from "../i18n/format.ts";

/** Text of one value in a tooltip or on an axis; directions below the axis are shown without their sign. */
export function formatValue(unit: MetricUnit, value: number | null, format: Format): string {
  const size = value === null ? null : Math.abs(value);
  switch (unit) {
    case "ratio":
      return format.percentWithUnit(size);
    case "bytes":
      return format.bytes(size);
    case "bytes_per_second":
      return format.bytesPerSecond(size);
    case "celsius":
      return value === null ? format.number(null) : `${format.number(value, 1)} °C`;
    case "seconds":
      return format.duration(size === null ? null : size * 1_000);
    case "load":
      return format.number(size, 2);
    case "count":
    case "per_second":
      return size !== null && size < 100 && !Number.isInteger(size) ? format.number(size, 1) : format.compact(size);
  }
}

/** As short as an axis needs. */
export function formatTick(unit: MetricUnit, value: number, step: number, format: Format): string {
  const size = Math.abs(value);
  if (unit === "ratio") return `${format.number(size * 100, fractionDigits(step * 100))} %`;
  if (unit === "celsius") return `${format.number(value)} °C`;
  if (unit === "load") return format.number(size, fractionDigits(step));
  if (unit === "bytes" || unit === "bytes_per_second")
    return size === 0 ? "0" : formatValue(unit, size, format).replace(ZERO_FRACTION, "");
  return format.compact(size);
}

/** As many as it takes to tell the lines of a grid apart: steps are 1, 2, 2.5 or 5 of some power of ten. */
function fractionDigits(step: number): number {
  for (let digits = 0; digits < 3; digits++) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6) return digits;
  }
  return 3;
}

/** On an axis 2.00 GiB is 2 GiB; the point or comma is the language's. */
const ZERO_FRACTION = /[.,]0+(?=\D|$)/;

const BINARY_STEPS = (() => {
  const steps: number[] = [];
  for (let unit = 1; unit <= 1_024 ** 5; unit *= 1_024) {
    for (const count of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]) steps.push(unit * count);
  }
  return steps;
})();

/** Distances between grid lines that are round in the unit's own counting; undefined where decimal ones are. */
export const tickSteps = (unit: MetricUnit): number[] | undefined =>
  unit === "bytes" || unit === "bytes_per_second" ? BINARY_STEPS : undefined;
