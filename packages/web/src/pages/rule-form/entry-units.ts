import { findMetric, measuredUnit } from "@muster/core";
import type { Measure, MetricUnit } from "@muster/core";
import { customChart } from "../../charts/chart-spec.ts";

/** A unit in which people give a threshold; `factor` of the metric's own unit. */
export interface EntryUnit {
  readonly name: "percent" | "kib" | "mib" | "gib" | "tib" | "second" | "minute" | "hour" | "day" | "own";
  readonly factor: number;
}

const OWN: EntryUnit = { name: "own", factor: 1 };
const BYTES: readonly EntryUnit[] = [
  { name: "kib", factor: 1_024 },
  { name: "mib", factor: 1_024 ** 2 },
  { name: "gib", factor: 1_024 ** 3 },
  { name: "tib", factor: 1_024 ** 4 },
];
const SECONDS: readonly EntryUnit[] = [
  { name: "second", factor: 1 },
  { name: "minute", factor: 60 },
  { name: "hour", factor: 3_600 },
  { name: "day", factor: 86_400 },
];

/** The unit of what a rule compares; of a metric that the catalogue has not, by its name. */
export const comparedUnit = (metric: string, measure: Measure): MetricUnit =>
  findMetric(metric) === undefined ? customChart(metric).unit : (measuredUnit(metric, measure) ?? "count");

/** Units that are offered for a threshold, the smallest first. */
export function entryUnits(unit: MetricUnit): readonly EntryUnit[] {
  if (unit === "ratio") return [{ name: "percent", factor: 0.01 }];
  if (unit === "bytes" || unit === "bytes_per_second") return BYTES;
  return unit === "seconds" ? SECONDS : [OWN];
}

/** The largest unit in which a threshold is at least one; the usual one for nothing. */
export function fittingUnit(unit: MetricUnit, threshold: number | undefined): EntryUnit {
  const units = entryUnits(unit);
  const usual = units === BYTES ? BYTES[1]! : units[0]!;
  if (threshold === undefined || threshold === 0) return usual;
  return units.findLast(({ factor }) => Math.abs(threshold) >= factor) ?? units[0]!;
}

/** Without the noise of binary fractions: 95 per cent are 0.95. */
export const toOwn = (entered: number, { factor }: EntryUnit): number => Number((entered * factor).toPrecision(12));
export const toEntered = (own: number, { factor }: EntryUnit): number => Number((own / factor).toPrecision(9));
