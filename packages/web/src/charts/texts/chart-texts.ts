import type { ChartSection } from "../chart-spec.ts";
import { en } from "./en.ts";
import { ru } from "./ru.ts";

/** Names of what the charts show. `metrics` is by metric name, `labelValues` by `label:value`. */
export interface ChartTextTable {
  readonly noReadings: string;
  readonly sections: Readonly<Record<ChartSection, string>>;
  readonly charts: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, string>>;
  readonly labelValues: Readonly<Record<string, string>>;
}

export const CHART_TEXTS: Readonly<Record<string, ChartTextTable>> = { en, ru };

export const chartTexts = (language: string): ChartTextTable => CHART_TEXTS[language] ?? en;
