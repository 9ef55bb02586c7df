import { isCounterMetric, METRICS } from "@muster/core";
import type { MetricDefinition, MetricGroup, MetricUnit } from "@muster/core";
import type { SeriesHead } from "./series-key.ts";

export interface ChartMember {
  readonly metric: string;
  /** Counters are asked for and drawn as rates. */
  readonly rate: boolean;
  /** Drawn below the axis. */
  readonly mirrored: boolean;
}

/** One chart of the server page. */
export interface ChartSpec {
  readonly id: string;
  readonly group: MetricGroup | "custom";
  /** Unit of what is drawn. */
  readonly unit: MetricUnit;
  readonly stacked: boolean;
  readonly filled: boolean;
  /** A share of something whole: the axis ends at 1 whatever the values. */
  readonly whole: boolean;
  readonly members: readonly ChartMember[];
}

/** Charts that say again what another one says. */
const LEFT_OUT = new Set(["memory_ratio", "filesystem_used", "disk_waiting"]);
/** Charts that are drawn inside another one. */
const DRAWN_IN: Readonly<Record<string, string>> = { memory_cache: "memory", memory_available: "memory" };
const WHOLE = new Set(["cpu", "cpu_modes", "cpu_cores", "filesystem_ratio", "filesystem_inodes", "disk_busy"]);

const chartId = (metric: MetricDefinition): string => DRAWN_IN[metric.display.chart] ?? metric.display.chart;

/** The charts of the catalogue, in its order. */
export const CATALOG_CHARTS: readonly ChartSpec[] = (() => {
  const byId = new Map<string, MetricDefinition[]>();
  for (const metric of METRICS) {
    const id = chartId(metric);
    if (metric.display.style === "none" || LEFT_OUT.has(id)) continue;
    byId.set(id, [...(byId.get(id) ?? []), metric]);
  }
  return [...byId].map(([id, metrics]) => {
    const first = metrics[0]!;
    return {
      id,
      group: first.group,
      unit: first.shownUnit,
      stacked: first.display.style === "area" && first.labels.length > 0,
      filled: first.display.style === "area",
      whole: WHOLE.has(id),
      members: metrics.map((metric) => ({
        metric: metric.name,
        rate: metric.kind === "counter",
        mirrored: metric.display.mirrored === true,
      })),
    };
  });
})();

const CATALOG_METRICS: ReadonlySet<string> = new Set(METRICS.map((metric) => metric.name));

/** The charts for which a server has series: those of the catalogue, then one for each metric that only it has. */
export function chartsFor(heads: readonly SeriesHead[]): readonly ChartSpec[] {
  const present = new Set(heads.map((head) => head.metric));
  const known = CATALOG_CHARTS.filter((chart) => chart.members.some((member) => present.has(member.metric)));
  const custom = [...present].filter((metric) => !CATALOG_METRICS.has(metric)).toSorted();
  return [...known, ...custom.map(customChart)];
}

function customChart(metric: string): ChartSpec {
  const rate = isCounterMetric(metric);
  return {
    id: metric,
    group: "custom",
    unit: unitByName(metric, rate),
    stacked: false,
    filled: false,
    whole: false,
    members: [{ metric, rate, mirrored: false }],
  };
}

/** Prometheus names say their unit. */
function unitByName(metric: string, rate: boolean): MetricUnit {
  if (/_bytes(_total)?$/.test(metric)) return rate ? "bytes_per_second" : "bytes";
  if (/_ratio$/.test(metric)) return "ratio";
  if (/_celsius$/.test(metric)) return "celsius";
  if (/_seconds$/.test(metric)) return "seconds";
  return rate ? "per_second" : "count";
}
