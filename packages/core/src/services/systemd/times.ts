import type { Instant } from "../../time.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  y: 31_557_600_000,
  month: 2_629_800_000,
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  min: 60_000,
  s: 1_000,
  ms: 1,
  us: 0.001,
};

/** Milliseconds of a span as systemd prints it (`1d 6h 3min 9.976s`, `100ms`, `0`); undefined for `infinity` and others. */
export function parseTimespanMs(text: string): number | undefined {
  if (text === "0") return 0;
  let sumMs = 0;
  for (const part of text.split(" ")) {
    const match = /^(\d+(?:\.\d+)?)(y|month|w|d|h|min|s|ms|us)$/.exec(part);
    if (match === null) return undefined;
    sumMs += Number(match[1]) * (UNITS_MS[match[2] ?? ""] ?? 0);
  }
  return sumMs;
}

/**
 * An instant as systemd prints it in UTC: `Thu 2026-11-26 09:08:50.944950 UTC`. Undefined when there is none, and in any
 * other zone, whose short name says no offset.
 */
export function parseTimestamp(text: string | undefined): Instant | undefined {
  const match = /^[A-Z][a-z]{2} (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d+)? UTC$/.exec(text ?? "");
  if (match === null) return undefined;
  const at = Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(at) ? undefined : at + Math.floor(Number(match[3] ?? 0) * 1000);
}
