import { findMetric } from "../metrics/catalog.ts";
import type { MetricGroup, MetricUnit } from "../metrics/metric-definition.ts";
import type { Labels } from "../samples.ts";
import type { Measure } from "./rule.ts";

const BYTE_STEPS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** A number for an English sentence, in a unit that people read. */
export function valueText(value: number, unit: MetricUnit | undefined): string {
  switch (unit) {
    case "ratio":
      return `${rounded(value * 100)} %`;
    case "bytes":
      return bytesText(value);
    case "bytes_per_second":
      return `${bytesText(value)}/s`;
    case "celsius":
      return `${rounded(value)} °C`;
    case "seconds":
      return `${rounded(value)} s`;
    case "per_second":
      return `${rounded(value)} a second`;
    case "count":
    case "load":
    case undefined:
      return rounded(value);
  }
}

/** Titles stand under those of their group on a page; in a sentence the group says of what they are. */
const GROUP_WORDS: Readonly<Partial<Record<MetricGroup, string>>> = {
  load: "Load",
  memory: "Memory",
  filesystem: "Disk",
  disk: "Disk I/O",
  network: "Network",
  processes: "Processes",
};

/** A metric by what it is called, with the labels that tell it apart, such as `Disk /data used`. */
export function metricText(metric: string, labels: Labels): string {
  const definition = findMetric(metric);
  const title = definition?.display.title ?? metric;
  const word = definition === undefined ? undefined : GROUP_WORDS[definition.group];
  const values = Object.values(labels);
  if (word === undefined || title.startsWith(word)) return [title, ...values].join(" ");
  return [word, ...values, `${title[0]?.toLowerCase()}${title.slice(1)}`].join(" ");
}

/** The unit of what a rule compares. */
export function measuredUnit(metric: string, measure: Measure): MetricUnit | undefined {
  const definition = findMetric(metric);
  return measure === "rate" ? definition?.shownUnit : definition?.unit;
}

/** Bytes in powers of 1,024, three digits that matter. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let step = 0;
  // What would be rounded to 1,024 is one of the next.
  while (Math.abs(value) >= 1_023.5 && step < BYTE_STEPS.length - 1) {
    value /= 1_024;
    step++;
  }
  const size = Math.abs(value);
  const shown = step === 0 || size >= 99.95 ? Math.round(value) : value.toFixed(size >= 9.995 ? 1 : 2);
  return `${shown} ${BYTE_STEPS[step]}`;
}

/** Three digits that matter. */
const rounded = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
