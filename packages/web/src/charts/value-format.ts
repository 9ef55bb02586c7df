import type { MetricUnit } from "@muster/core";
import type { Format } from "../i18n/format.ts";

/** Answers come within moments, uptimes in days: below this a time is told in milliseconds. */
const SHORT_SECONDS = 10;

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
      return size !== null && size > 0 && size < SHORT_SECONDS
        ? format.milliseconds(Math.max(1, Math.round(size * 1_000)))
        : format.duration(size === null ? null : size * 1_000);
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
  if (unit === "seconds") return size === 0 ? "0" : secondsTick(size, step, format);
  if (unit === "load") return format.number(size, fractionDigits(step));
  if (unit === "bytes" || unit === "bytes_per_second")
    return size === 0 ? "0" : formatValue(unit, size, format).replace(ZERO_FRACTION, "");
  return format.compact(size);
}

/** Up to some seconds as a number of them or of milliseconds, then by days, hours and minutes as far as the step needs. */
function secondsTick(seconds: number, step: number, format: Format): string {
  if (step < 1) return format.milliseconds(Math.round(seconds * 1_000));
  return format.span(seconds * 1_000);
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

const TIME_STEPS = [
  ...[0.001, 0.01, 0.1].flatMap((unit) => [unit, 2 * unit, 5 * unit]),
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3_600),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000].map((days) => days * 86_400),
];

/** Distances between grid lines that are round in the unit's own counting; undefined where decimal ones are. */
export function tickSteps(unit: MetricUnit): number[] | undefined {
  if (unit === "seconds") return TIME_STEPS;
  return unit === "bytes" || unit === "bytes_per_second" ? BINARY_STEPS : undefined;
}
