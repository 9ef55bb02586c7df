import { customChart } from "../charts/chart-spec.ts";
import type { ChartSpec } from "../charts/chart-spec.ts";

/** What every service has, as far as its driver says it. */
const SERVICE_METRICS = [
  "service_cpu_ratio",
  "service_memory_bytes",
  "service_restarts_total",
  "service_health_ratio",
] as const;

/** Charts of one service: those of every service, then its own `custom_…` ones in the order of their names. */
export function serviceCharts(metrics: readonly string[]): readonly ChartSpec[] {
  const own = [...new Set(metrics.filter((metric) => metric.startsWith("custom_")))].toSorted();
  return [...SERVICE_METRICS, ...own].map(customChart);
}

type ServiceMetric = (typeof SERVICE_METRICS)[number];

export const isServiceMetric = (metric: string): metric is ServiceMetric =>
  SERVICE_METRICS.some((one) => one === metric);
