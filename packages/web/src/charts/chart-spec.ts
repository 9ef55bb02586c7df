import { findMetric, isCounterMetric, METRICS } from "@muster/core";
import type { MetricDefinition, MetricGroup, MetricUnit } from "@muster/core";

/** Parts of the page: some groups of the catalogue have a single chart, which would stand alone under its heading. */
export const CHART_SECTIONS = ["processor", "memory", "disks", "network", "system", "custom"] as const;
export type ChartSection = (typeof CHART_SECTIONS)[number];

/** What services use, and what probes see, has its place on their own pages. */
const ELSEWHERE: readonly MetricGroup[] = ["service", "probe"];
/** The part of the page that metrics of a group are shown in. */
export const SECTION_OF: Readonly<Record<Exclude<MetricGroup, "service" | "probe">, ChartSection>> = {
  cpu: "processor",
  load: "processor",
  pressure: "processor",
  memory: "memory",
  filesystem: "disks",
  disk: "disks",
  network: "network",
  sockets: "network",
  temperature: "system",
  processes: "system",
  system: "system",
  agent: "system",
};

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
  readonly section: ChartSection;
  /** Unit of what is drawn. */
  readonly unit: MetricUnit;
  readonly stacked: boolean;
  readonly filled: boolean;
  /** A share of something whole: the axis ends at 1 whatever the values. */
  readonly whole: boolean;
  /** Readings of it come no more often than this; 0 where they come with every round. */
  readonly everyMs: number;
  readonly members: readonly ChartMember[];
}

/** Charts that say again what another one says. */
const LEFT_OUT = new Set(["memory_ratio", "filesystem_used", "disk_waiting"]);
/** Charts that are drawn inside another one. */
const DRAWN_IN: Readonly<Record<string, string>> = { memory_cache: "memory", memory_available: "memory" };
const WHOLE = new Set(["cpu", "cpu_modes", "cpu_cores", "filesystem_ratio", "filesystem_inodes", "disk_busy"]);

const chartId = (metric: MetricDefinition): string => DRAWN_IN[metric.display.chart] ?? metric.display.chart;

/** The charts of the catalogue by section, each in the catalogue's order. */
export const CATALOG_CHARTS: readonly ChartSpec[] = (() => {
  const byId = new Map<string, MetricDefinition[]>();
  for (const metric of METRICS) {
    const id = chartId(metric);
    if (metric.display.style === "none" || ELSEWHERE.includes(metric.group) || LEFT_OUT.has(id)) continue;
    byId.set(id, [...(byId.get(id) ?? []), metric]);
  }
  const charts = [...byId].map(([id, metrics]): ChartSpec => {
    const first = metrics[0]!;
    return {
      id,
      section: SECTION_OF[first.group as keyof typeof SECTION_OF],
      unit: first.shownUnit,
      stacked: first.display.style === "area" && first.labels.length > 0,
      filled: first.display.style === "area",
      whole: WHOLE.has(id),
      everyMs: Math.max(...metrics.map((metric) => metric.everyMs)),
      members: metrics.map((metric) => ({
        metric: metric.name,
        rate: metric.kind === "counter",
        mirrored: metric.display.mirrored === true,
      })),
    };
  });
  return charts.toSorted((a, b) => CHART_SECTIONS.indexOf(a.section) - CHART_SECTIONS.indexOf(b.section));
})();

const CATALOG_METRICS: ReadonlySet<string> = new Set(METRICS.map((metric) => metric.name));

/** The charts for which a server has readings: those of the catalogue, then one for each metric that only it has. */
export function chartsFor(metrics: readonly string[]): readonly ChartSpec[] {
  const present = new Set(metrics);
  const known = CATALOG_CHARTS.filter((chart) => chart.members.some((member) => present.has(member.metric)));
  const custom = [...present].filter((metric) => !CATALOG_METRICS.has(metric)).toSorted();
  return [...known, ...custom.map(customChart)];
}

/** A chart of one metric alone, with what its name tells. */
export function customChart(metric: string): ChartSpec {
  const rate = isCounterMetric(metric);
  return {
    id: metric,
    section: "custom",
    unit: findMetric(metric)?.shownUnit ?? unitByName(metric, rate),
    stacked: false,
    filled: false,
    whole: false,
    everyMs: 0,
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
