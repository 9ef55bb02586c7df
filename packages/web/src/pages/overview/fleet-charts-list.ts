import type { CombineFunction, MetricUnit } from "@muster/core";
import type { ChartSpec } from "../../charts/chart-spec.ts";

/** One chart over many servers. */
export interface FleetChart {
  readonly spec: ChartSpec;
  readonly key: "cpu" | "memory" | "network" | "disk";
  /** How the series of several servers become one line. */
  readonly over: CombineFunction;
}

const chart = (
  key: FleetChart["key"],
  unit: MetricUnit,
  over: CombineFunction,
  metrics: readonly string[],
): FleetChart => ({
  key,
  over,
  spec: {
    id: `fleet-${key}`,
    section: "processor",
    unit,
    stacked: false,
    filled: metrics.length === 1,
    whole: unit === "ratio",
    everyMs: 0,
    members: metrics.map((metric, place) => ({ metric, rate: metric.endsWith("_total"), mirrored: place > 0 })),
  },
});

/** What tells at a glance how a fleet is. */
export const FLEET_CHARTS: readonly FleetChart[] = [
  chart("cpu", "ratio", "avg", ["cpu_busy_ratio"]),
  chart("memory", "ratio", "avg", ["memory_used_ratio"]),
  chart("network", "bytes_per_second", "sum", [
    "network_machine_receive_bytes_total",
    "network_machine_transmit_bytes_total",
  ]),
  chart("disk", "ratio", "max", ["filesystem_used_ratio"]),
];
