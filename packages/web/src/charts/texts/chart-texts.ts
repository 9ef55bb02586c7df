import { en } from "./en.ts";
import { ru } from "./ru.ts";

/** Names of what the charts show. `metrics` is by metric name, `labelValues` by `label:value`. */
export interface ChartTextTable {
  readonly noReadings: string;
  readonly groups: Readonly<Record<string, string>>;
  readonly charts: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, string>>;
  readonly labelValues: Readonly<Record<string, string>>;
}

export const CHART_TEXTS: Readonly<Record<string, ChartTextTable>> = { en, ru };

export const chartTexts = (language: string): ChartTextTable => CHART_TEXTS[language] ?? en;
