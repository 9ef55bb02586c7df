import type { Instant } from "./time.ts";

/** Label names match `[a-z_][a-z0-9_]*`; values are free text, bounded by `LABEL_VALUE_CHARACTERS_MAX`. */
export type Labels = Readonly<Record<string, string>>;

/** Takes one round of readings. */
export interface SampleSink {
  gauge(metric: string, value: number, labels?: Labels): void;
  /** A growing total as the server counts it. Rates are made when reading, never here. */
  counter(metric: string, total: number, labels?: Labels): void;
}

/** What names a series: one metric of one server with one set of labels. */
export interface SeriesKey {
  readonly serverId: string;
  readonly metric: string;
  readonly labels: Labels;
}

/** One number at one instant. */
export interface Sample {
  readonly series: SeriesKey;
  readonly at: Instant;
  readonly value: number;
}

const METRIC_NAME = /^[a-z][a-z0-9_]{0,127}$/;
const LABEL_NAME = /^[a-z_][a-z0-9_]{0,63}$/;
export const LABELS_MAX = 8;
export const LABEL_VALUE_CHARACTERS_MAX = 256;

export const isMetricName = (text: string): boolean => METRIC_NAME.test(text);
/** Growing totals end in `_total`, in the catalogue and, by the custom of Prometheus, elsewhere. */
export const isCounterName = (metric: string): boolean => metric.endsWith("_total");
export const isLabelName = (text: string): boolean => LABEL_NAME.test(text);

/** The labels as one text: names sorted, so that equal label sets give equal texts. Empty labels give "". */
export function labelsText(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return "";
  names.sort();
  return names.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(",");
}

/** Why a label set cannot be stored, or undefined when it can. */
export function labelsProblem(labels: Labels): string | undefined {
  const entries = Object.entries(labels);
  if (entries.length > LABELS_MAX) return `more than ${LABELS_MAX} labels`;
  for (const [name, value] of entries) {
    if (!isLabelName(name)) return "a label name that is not [a-z_][a-z0-9_]*";
    if (typeof value !== "string") return `label ${name} is not text`;
    if (value.length > LABEL_VALUE_CHARACTERS_MAX) return `label ${name} is longer than ${LABEL_VALUE_CHARACTERS_MAX}`;
  }
  return undefined;
}
