import { isProbeKindName, findMetric, probeEntry } from "@muster/core";
import type { MetricDefinition } from "@muster/core";
import type { ProbeReportView } from "@muster/protocol";
import { DEFAULT_RANGE, LIVE_RANGE_NAMES, LIVE_RANGES } from "../../charts/chart-range.ts";
import type { LiveRangeName } from "../../charts/chart-range.ts";
import { customChart } from "../../charts/chart-spec.ts";
import type { ChartSpec } from "../../charts/chart-spec.ts";

/** What every probe measures, whatever its kind. */
const ALWAYS = [
  { key: "health", metrics: ["probe_health_ratio"] },
  { key: "took", metrics: ["probe_duration_seconds"] },
] as const;

/** Metrics that the last look gave names of its own, by its report. */
export const ownMetrics = (report: Pick<ProbeReportView, "tables"> | undefined): readonly string[] =>
  (report?.tables ?? [])
    .filter(({ key }) => key === "numbers")
    .flatMap(({ rows }) => rows.map(([metric]) => String(metric)));

/** Charts of a probe's page: those of every probe, of its kind, and of its own metrics. Each has a key, by which it is named. */
export function probeCharts(
  kind: string,
  metrics: readonly string[],
): readonly { readonly key: string; readonly spec: ChartSpec }[] {
  const ofKind = isProbeKindName(kind) ? probeEntry(kind).charts : [];
  // What waits to be called answers nothing itself.
  const always = kind === "passive" ? ALWAYS.slice(0, 1) : ALWAYS;
  return [
    ...[...always, ...ofKind].map((chart) => ({ key: chart.key, spec: chartOf(chart.key, chart.metrics) })),
    ...metrics.map((metric) => ({ key: metric, spec: customChart(metric) })),
  ];
}

/** One chart of metrics of one unit; the first decides how it is drawn. */
function chartOf(key: string, metrics: readonly string[]): ChartSpec {
  const known = metrics.map((metric) => findMetric(metric)).filter((one): one is MetricDefinition => one !== undefined);
  const first = known[0];
  if (first === undefined) return { ...customChart(metrics[0] ?? key), id: key };
  const isArea = first.display.style === "area";
  return {
    id: key,
    section: "custom",
    unit: first.shownUnit,
    stacked: isArea && (first.labels.length > 0 || known.length > 1),
    filled: isArea,
    whole: key === "health",
    everyMs: 0,
    members: known.map((metric) => ({
      metric: metric.name,
      rate: metric.kind === "counter",
      mirrored: metric.display.mirrored === true,
    })),
  };
}

/** As many results as make a line. */
const RESULTS_WANTED = 30;

/** The range that a page begins with: the shortest in which the results of an interval make a line. */
export const usualRange = (intervalMs: number): LiveRangeName =>
  LIVE_RANGE_NAMES.find((name) => LIVE_RANGES[name] >= RESULTS_WANTED * intervalMs) ?? DEFAULT_RANGE;
