/** What one stored number measures. Base units only; the reader scales them for show. */
export type MetricUnit =
  | "ratio"
  | "bytes"
  | "bytes_per_second"
  | "count"
  | "per_second"
  | "celsius"
  | "seconds"
  | "load";

/** A gauge is a value as it stands; a counter is a growing total that may restart from zero and is read as a rate. */
export type MetricKind = "gauge" | "counter";

/** The part of a machine that a metric speaks about; pages and tabs are grouped by it, in this order. */
export const METRIC_GROUPS = [
  "cpu",
  "load",
  "memory",
  "pressure",
  "filesystem",
  "disk",
  "network",
  "temperature",
  "sockets",
  "processes",
  "system",
  "service",
  "probe",
  "agent",
] as const;
export type MetricGroup = (typeof METRIC_GROUPS)[number];

/** How a metric is drawn when nobody asked for anything else. */
export interface MetricDisplay {
  /** Short English name for a legend or a column; translations are keyed by the metric's name. */
  readonly title: string;
  /** Metrics with the same chart id share one chart, whose order on the page is that of the catalogue. */
  readonly chart: string;
  /** `area` stacks the series of the chart upon each other, `line` does not, `none` is shown as a number only. */
  readonly style: "line" | "area" | "none";
  /** Drawn below the axis, so that two directions (receive and transmit, read and write) share a chart. */
  readonly mirrored?: true;
}

/** One entry of the catalogue. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: MetricKind;
  /** Unit of the stored number: for a counter, that of the total. */
  readonly unit: MetricUnit;
  /** Unit after reading: for a counter, that of its rate; for a gauge, the same as `unit`. */
  readonly shownUnit: MetricUnit;
  readonly group: MetricGroup;
  /** One sentence for people. */
  readonly meaning: string;
  /** Label names that every series of this metric has, sorted. */
  readonly labels: readonly string[];
  readonly display: MetricDisplay;
  /** About how often a new value comes, whatever the interval of the rounds; 0 for with every round. For judging its age. */
  readonly everyMs: number;
}
