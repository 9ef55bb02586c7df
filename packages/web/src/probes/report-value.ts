import type { ReportValue } from "@muster/core";
import type { Format } from "../i18n/format.ts";

/** Below so many milliseconds a time is told in milliseconds, above it by its two largest units. */
const SHORT_MS = 10_000;

/** 43 → "43 ms", 95,000 → "1 m 35 s". */
export function shortTime(ms: number, format: Format): string {
  if (Math.abs(ms) < 1 && ms !== 0) return `< ${format.milliseconds(1)}`;
  return Math.abs(ms) < SHORT_MS ? format.milliseconds(Math.round(ms)) : format.duration(ms);
}

/** A number of a report in its unit; undefined for what is no number, which is text. A unit that is not known is left away. */
export function reportNumber(value: ReportValue, unit: string | undefined, format: Format): string | undefined {
  if (typeof value !== "number") return undefined;
  switch (unit) {
    case "bytes":
      return format.bytes(value);
    case "bytes_per_second":
      return format.bytesPerSecond(value);
    case "seconds":
      return shortTime(value * 1_000, format);
    case "milliseconds":
      return shortTime(value, format);
    case "ratio":
      return format.percentWithUnit(value);
    case "per_second":
      return `${format.number(value, digits(value))}/${format.locale === "ru" ? "с" : "s"}`;
    case "instant":
      // Beyond this a date has no text.
      return Math.abs(value) <= 8.64e15 ? format.dateTime(value) : format.number(value);
    case "count":
    case undefined:
    default:
      return format.number(value, digits(value));
  }
}

/** Whole numbers as they are, small fractions to two places. */
const digits = (value: number): number => (Number.isInteger(value) ? 0 : Math.abs(value) < 100 ? 2 : 1);
