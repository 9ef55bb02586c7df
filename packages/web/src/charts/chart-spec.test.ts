import { METRICS } from "@muster/core";
import { expect, test } from "vitest";
import { CATALOG_CHARTS, chartsFor } from "./chart-spec.ts";

test("a server gets the charts it has series for, in the order of the catalogue", () => {
  const charts = chartsFor(["load1", "cpu_busy_ratio", "uptime_seconds"]);
  expect(charts.map((chart) => chart.id)).toEqual(["cpu", "load"]);
});

test("a metric outside the catalogue gets a chart of its own, with the unit that its name says", () => {
  const [chart] = chartsFor(["queue_bytes_total"]);
  expect(chart).toMatchObject({ section: "custom", unit: "bytes_per_second", members: [{ rate: true }] });
});

test("all members of a chart share one unit", () => {
  const units = new Map(METRICS.map((metric) => [metric.name, metric.shownUnit]));
  for (const chart of CATALOG_CHARTS) {
    expect([chart.id, ...new Set(chart.members.map((member) => units.get(member.metric)))]).toHaveLength(2);
  }
});
