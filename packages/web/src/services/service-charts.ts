import type { DriverName } from "@muster/core";
import { customChart } from "../charts/chart-spec.ts";
import type { ChartSpec } from "../charts/chart-spec.ts";

/** What every service has, as far as its driver says it. */
const SERVICE_METRICS = [
  "service_cpu_ratio",
  "service_memory_bytes",
  "service_restarts_total",
  "service_health_ratio",
] as const;

/** A channel is no process of a machine that could be measured. */
const CHANNEL_METRICS = ["service_health_ratio"] as const;

/** Charts of one service: those of every service of its driver, then its own `custom_…` ones in the order of their names. */
export function serviceCharts(metrics: readonly string[], driver: DriverName): readonly ChartSpec[] {
  const isOwn = /^(?:custom|channel)_/;
  const own = [...new Set(metrics.filter((metric) => isOwn.test(metric)))].toSorted();
  return [...(driver === "channel" ? CHANNEL_METRICS : SERVICE_METRICS), ...own].map(customChart);
}

type ServiceMetric = (typeof SERVICE_METRICS)[number];

export const isServiceMetric = (metric: string): metric is ServiceMetric =>
  SERVICE_METRICS.some((one) => one === metric);
