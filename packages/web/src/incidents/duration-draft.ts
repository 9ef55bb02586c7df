import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@muster/core";
import { parseNumber } from "../components/parse-number.ts";

export const DURATION_UNITS = ["seconds", "minutes", "hours", "days"] as const;
export type DurationUnit = (typeof DURATION_UNITS)[number];

const LENGTH_MS: Readonly<Record<DurationUnit, number>> = {
  seconds: SECOND_MS,
  minutes: MINUTE_MS,
  hours: HOUR_MS,
  days: DAY_MS,
};

/** A length of time as it stands in a form. */
export interface DurationDraft {
  readonly amount: string;
  readonly unit: DurationUnit;
}

/** In the largest unit that leaves no rest. */
export function durationDraft(ms: number, unitOfNothing: DurationUnit = "minutes"): DurationDraft {
  if (ms === 0) return { amount: "0", unit: unitOfNothing };
  const unit = DURATION_UNITS.findLast((one) => ms % LENGTH_MS[one] === 0) ?? "seconds";
  return { amount: String(ms / LENGTH_MS[unit]), unit };
}

/** In whole milliseconds; NaN for what is none, or less than nothing. */
export function durationMs({ amount, unit }: DurationDraft): number {
  const number = parseNumber(amount);
  return number >= 0 ? Math.round(number * LENGTH_MS[unit]) : Number.NaN;
}
