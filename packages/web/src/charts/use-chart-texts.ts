import { findMetric } from "@muster/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { CATALOG_CHARTS } from "./chart-spec.ts";
import type { ChartSection, ChartSpec } from "./chart-spec.ts";
import type { Labels } from "./series-key.ts";
import { chartTexts } from "./texts/chart-texts.ts";

export interface ChartTexts {
  readonly noReadings: string;
  readonly sectionTitle: (section: ChartSection) => string;
  readonly metricTitle: (metric: string) => string;
  /** What a metric is called where its chart does not stand above it. */
  readonly wholeTitle: (metric: string) => string;
  readonly chartTitle: (spec: ChartSpec) => string;
  /** How the series of a chart are called: by what tells them apart. */
  readonly seriesNamer: (spec: ChartSpec) => (metric: string, labels: Labels) => string;
}

/** Names of charts and series in the language in use. */
export function useChartTexts(): ChartTexts {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const texts = chartTexts(i18n.language);
    const metricTitle = (metric: string): string =>
      texts.metrics[metric] ?? findMetric(metric)?.display.title ?? metric;
    const chartTitle = (spec: ChartSpec): string =>
      texts.charts[spec.id] ?? metricTitle(spec.members[0]?.metric ?? spec.id);
    return {
      noReadings: texts.noReadings,
      metricTitle,
      wholeTitle(metric) {
        const chart = CATALOG_CHARTS.find(({ members }) => members.some((member) => member.metric === metric));
        if (!chart) return metricTitle(metric);
        return chart.members.length > 1 ? `${chartTitle(chart)} · ${metricTitle(metric)}` : chartTitle(chart);
      },
      sectionTitle: (section) => texts.sections[section],
      chartTitle,
      seriesNamer: (spec) => (metric, labels) => {
        const values = Object.entries(labels).map(([name, value]) => texts.labelValues[`${name}:${value}`] ?? value);
        const title = metricTitle(metric);
        if (values.length === 0) return title;
        return spec.members.length > 1 ? `${values.join(" ")} · ${title}` : values.join(" ");
      },
    };
  }, [i18n.language]);
}
