import { METRICS } from "@muster/core";
import { expect, test } from "vitest";
import { CATALOG_CHARTS } from "../chart-spec.ts";
import { CHART_TEXTS } from "./chart-texts.ts";

test.each(Object.entries(CHART_TEXTS))(
  "%s names every chart and metric of the catalogue, and no others",
  (_language, texts) => {
    expect(Object.keys(texts.charts).toSorted()).toEqual(CATALOG_CHARTS.map((chart) => chart.id).toSorted());
    expect(Object.keys(texts.metrics).toSorted()).toEqual(METRICS.map((metric) => metric.name).toSorted());
    for (const part of [texts.charts, texts.metrics, texts.sections, texts.labelValues]) {
      for (const text of Object.values(part)) expect(text.trim()).not.toBe("");
    }
  },
);

test("all languages name the same sections and label values", () => {
  const [first, ...others] = Object.values(CHART_TEXTS);
  for (const other of others) {
    expect(Object.keys(other.sections)).toEqual(Object.keys(first!.sections));
    expect(Object.keys(other.labelValues)).toEqual(Object.keys(first!.labelValues));
  }
});
