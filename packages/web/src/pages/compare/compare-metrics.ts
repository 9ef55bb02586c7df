import { findMetric, isCounterMetric, METRICS } from "@muster/core";
import type { CombineFunction } from "@muster/core";
import { customChart } from "../../charts/chart-spec.ts";
import type { ChartSpec } from "../../charts/chart-spec.ts";

/** One chart of the comparison: one line a server. */
export interface CompareChart {
  readonly spec: ChartSpec;
  /** How the series of one server become its line; undefined where it has one only. */
  readonly combine: CombineFunction | undefined;
}

export const DEFAULT_COMPARED: readonly string[] = [
  "cpu_busy_ratio",
  "memory_used_ratio",
  "load1",
  "filesystem_used_ratio",
  "network_machine_receive_bytes_total",
  "network_machine_transmit_bytes_total",
];

/** Shares of these are shares of one thing, so that one axis to 100 % fits. */
const WHOLE = new Set(["cpu_busy_ratio", "cpu_core_busy_ratio", "memory_used_ratio", "filesystem_used_ratio"]);

/** Every metric of the catalogue that has a chart, in its order. */
export const COMPARABLE: readonly string[] = METRICS.filter(({ display }) => display.style !== "none").map(
  ({ name }) => name,
);

const METRIC_NAME = /^[a-z][a-z0-9_]{0,127}$/;
const METRICS_MAX = 24;

/** Metric names of an address; nonsense is left out, and nothing at all is the usual choice. */
export function parseCompared(text: string | undefined): readonly string[] {
  const names = [...new Set((text ?? "").split(",").filter((name) => METRIC_NAME.test(name)))].slice(0, METRICS_MAX);
  return names.length === 0 ? DEFAULT_COMPARED : names;
}

export const compareChart = (metric: string): CompareChart => {
  const known = findMetric(metric);
  if (!known) return { spec: customChart(metric), combine: isCounterMetric(metric) ? "sum" : "avg" };
  const isShare = known.shownUnit === "ratio" || known.shownUnit === "celsius";
  return {
    spec: {
      ...customChart(metric),
      unit: known.shownUnit,
      whole: WHOLE.has(metric),
      everyMs: known.everyMs,
    },
    combine: known.labels.length === 0 ? undefined : isShare ? "max" : "sum",
  };
};
