import {
  LABELS_MAX,
  LABEL_VALUE_CHARACTERS_MAX,
  type Labels,
  isCounterName,
  isLabelName,
  isMetricName,
} from "../samples.ts";
import type { Exposition, PrometheusType } from "./prometheus-text.ts";
import { type PullSample, SampleList } from "./reading.ts";

/** Series that are taken over besides the known ones, at most. */
export const ALLOWED_SERIES_MAX = 500;
const ALLOWED_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]{0,127}\*?$/;

/** A name of the list, or the beginning of names with `*` after it. */
export const isAllowedSeriesName = (text: string): boolean => ALLOWED_NAME.test(text);

/** Which unknown series their owner wants to have, and how they are called here. */
export class AllowedSeries {
  readonly #names: ReadonlySet<string>;
  readonly #beginnings: readonly string[];

  constructor(allow: readonly string[]) {
    const good = allow.filter(isAllowedSeriesName);
    this.#names = new Set(good.filter((name) => !name.endsWith("*")));
    this.#beginnings = good.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  }

  get isEmpty(): boolean {
    return this.#names.size === 0 && this.#beginnings.length === 0;
  }

  has(name: string): boolean {
    return this.#names.has(name) || this.#beginnings.some((beginning) => name.startsWith(beginning));
  }

  /** What is allowed and not `isKnown`, under names of our grammar, and what was left out. */
  samplesOf(
    found: Exposition,
    isKnown: (name: string) => boolean,
  ): { readonly samples: readonly PullSample[]; readonly warnings: readonly string[] } {
    const list = new SampleList();
    let beyond = 0;
    let unfit = 0;
    for (const name of found.names()) {
      if (!this.has(name) || isKnown(name)) continue;
      const metric = customMetricName(name, typeOf(found, name));
      for (const { labels, value } of found.series(name)) {
        const fitted = fittedLabels(labels);
        if (metric === undefined || fitted === undefined) unfit++;
        else if (list.samples.length >= ALLOWED_SERIES_MAX) beyond++;
        else list.put(metric, value, fitted);
      }
    }
    const warnings = [
      ...(beyond > 0 ? [`${beyond} allowed series are left out: more than ${ALLOWED_SERIES_MAX}`] : []),
      ...(unfit > 0 ? [`${unfit} allowed series are left out: their names or labels are too long or too many`] : []),
    ];
    return { samples: list.samples, warnings };
  }
}

/** Sums, counts and buckets grow, whatever they belong to. */
function typeOf(found: Exposition, name: string): PrometheusType | undefined {
  const [, stem, part] = /^(.+)_(bucket|sum|count)$/.exec(name) ?? [];
  const parent = stem === undefined ? undefined : found.type(stem);
  if (parent === "histogram" || (parent === "summary" && part !== "bucket")) return "counter";
  return found.type(name);
}

/**
 * The name under which a foreign series is kept: `custom_` before it, so that it is none of ours, in lower case, and
 * with `_total` at its end just when it is a counter, since that is how ours are read. Undefined when it is too long.
 */
export function customMetricName(name: string, type: PrometheusType | undefined): string | undefined {
  let metric = `custom_${name.toLowerCase().replaceAll(":", "_")}`;
  if (type === "counter" && !isCounterName(metric)) metric += "_total";
  if (type !== "counter" && type !== undefined && type !== "untyped" && isCounterName(metric)) metric += "_value";
  return isMetricName(metric) ? metric : undefined;
}

/** Undefined when they cannot be stored. */
function fittedLabels(labels: Labels): Labels | undefined {
  const entries = Object.entries(labels)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => [name.toLowerCase(), value] as const);
  const fitted = Object.fromEntries(entries);
  const isFit =
    entries.length <= LABELS_MAX &&
    Object.keys(fitted).length === entries.length &&
    entries.every(([name, value]) => isLabelName(name) && value.length <= LABEL_VALUE_CHARACTERS_MAX);
  return isFit ? fitted : undefined;
}
