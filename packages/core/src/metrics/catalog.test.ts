import { describe, expect, it } from "vitest";
import { isLabelName, isMetricName } from "../samples.ts";
import { METRICS, findMetric, isCounterMetric, metricsOfGroup } from "./catalog.ts";
import { METRIC_GROUPS } from "./metric-definition.ts";

describe("metric catalogue", () => {
  it("names every metric once, with storable names and sorted labels", () => {
    expect(new Set(METRICS.map((metric) => metric.name)).size).toBe(METRICS.length);
    for (const metric of METRICS) {
      expect(isMetricName(metric.name), metric.name).toBe(true);
      expect(metric.labels.every(isLabelName), metric.name).toBe(true);
      expect(metric.labels).toEqual([...metric.labels].sort());
    }
  });

  it("ends the names of counters, and only theirs, in _total", () => {
    for (const metric of METRICS) expect(metric.name.endsWith("_total"), metric.name).toBe(metric.kind === "counter");
  });

  it("carries the unit in the name where there is one", () => {
    for (const metric of METRICS) {
      const stem = metric.name.replace(/_total$/, "");
      if (["ratio", "bytes", "celsius", "seconds"].includes(metric.unit) && !metric.name.endsWith("_total_bytes")) {
        expect(stem.endsWith(`_${metric.unit}`), metric.name).toBe(true);
      }
    }
  });

  it("shows counters as rates and gauges as they are", () => {
    expect(findMetric("disk_read_bytes_total")?.shownUnit).toBe("bytes_per_second");
    expect(findMetric("disk_busy_seconds_total")?.shownUnit).toBe("ratio");
    expect(findMetric("network_receive_packets_total")?.shownUnit).toBe("per_second");
    expect(findMetric("memory_used_bytes")?.shownUnit).toBe("bytes");
  });

  it("explains each metric in one sentence", () => {
    for (const metric of METRICS) expect(metric.meaning, metric.name).toMatch(/^[A-Z].*\.$/);
  });

  it("puts metrics of one chart under one shown unit", () => {
    const units = new Map<string, string>();
    for (const { display, shownUnit, name } of METRICS) {
      expect(units.get(display.chart) ?? shownUnit, name).toBe(shownUnit);
      units.set(display.chart, shownUnit);
    }
  });

  it("has no empty group and no metric outside a group", () => {
    expect(METRIC_GROUPS.flatMap((group) => metricsOfGroup(group))).toEqual(METRICS);
    for (const group of METRIC_GROUPS) expect(metricsOfGroup(group).length, group).toBeGreaterThan(0);
  });

  it("tells counters of unknown names by their ending", () => {
    expect(isCounterMetric("requests_total")).toBe(true);
    expect(isCounterMetric("queue_length")).toBe(false);
    expect(isCounterMetric("cpu_busy_ratio")).toBe(false);
    expect(isCounterMetric("disk_reads_total")).toBe(true);
  });
});
