import type { MetricDefinition, MetricDisplay, MetricGroup, MetricUnit } from "./metric-definition.ts";

/** A row of the catalogue's tables: what differs between metrics, short enough to be read as a table. */
export interface MetricRow {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly title: string;
  readonly meaning: string;
  readonly labels?: readonly string[];
  /** Chart id, then style; the default is a line chart of the metric's own. */
  readonly chart?: string;
  readonly style?: MetricDisplay["style"];
  readonly mirrored?: true;
  readonly everyMs?: number;
}

/** Groups that change slowly or cost more to read; a test holds this against the collectors. */
const GROUP_EVERY_MS: Readonly<Partial<Record<MetricGroup, number>>> = {
  pressure: 10_000,
  filesystem: 30_000,
  temperature: 15_000,
  sockets: 30_000,
  system: 30_000,
  service: 30_000,
};

const RATE_UNITS: Readonly<Partial<Record<MetricUnit, MetricUnit>>> = {
  bytes: "bytes_per_second",
  count: "per_second",
  // Seconds spent per second of time: a share.
  seconds: "ratio",
};

function define(group: MetricGroup, kind: "gauge" | "counter", row: MetricRow): MetricDefinition {
  return {
    name: row.name,
    kind,
    unit: row.unit,
    shownUnit: kind === "counter" ? (RATE_UNITS[row.unit] ?? row.unit) : row.unit,
    group,
    meaning: row.meaning,
    labels: row.labels ?? [],
    display: {
      title: row.title,
      chart: row.chart ?? row.name,
      style: row.style ?? "line",
      ...(row.mirrored ? { mirrored: true } : {}),
    },
    everyMs: row.everyMs ?? GROUP_EVERY_MS[group] ?? 0,
  };
}

/** Rows as gauges of one group. */
export const gauges = (group: MetricGroup, rows: readonly MetricRow[]): MetricDefinition[] =>
  rows.map((row) => define(group, "gauge", row));
/** Rows as counters of one group. */
export const counters = (group: MetricGroup, rows: readonly MetricRow[]): MetricDefinition[] =>
  rows.map((row) => define(group, "counter", row));
