import type { Server } from "@muster/protocol";
import type { RouteCall } from "./compat-handler.ts";
import { newestValues, seriesOf, valueOf } from "./newest-values.ts";
import type { NewestValue } from "./newest-values.ts";
import { gibibytes, percent, zonedTime } from "./units.ts";

const METRICS = [
  "memory_total_bytes",
  "filesystem_used_ratio",
  "filesystem_total_bytes",
  "load1",
  "load5",
  "load15",
  "network_receive_bytes_total",
  "network_transmit_bytes_total",
  "temperature_celsius",
] as const;

/** The newest readings of servers as the monitoring suite (S4) keeps a snapshot; null for one that was never read. */
export async function s4Snapshots(
  call: RouteCall,
  servers: readonly Server[],
  now: number,
): Promise<ReadonlyMap<string, object | null>> {
  const ids = servers.filter(({ summary }) => summary.at !== null).map(({ id }) => id);
  const values = await newestValues(call, ids, METRICS, { now });
  return new Map(servers.map((server) => [server.id, snapshotOf(server, values.get(server.id))]));
}

function snapshotOf(server: Server, values: readonly NewestValue[] | undefined): object | null {
  const { summary, facts } = server;
  if (summary.at === null) return null;
  const mounts = seriesOf(values, "filesystem_used_ratio").map(({ labels, value }) => ({
    mount_point: labels["mount"] ?? "",
    total_gb: gibibytes(valueOf(values, "filesystem_total_bytes", { mount: labels["mount"] ?? "" })),
    used_percent: percent(value),
  }));
  const sensors = seriesOf(values, "temperature_celsius").map(({ labels, value }) => ({
    device: labels["sensor"] ?? "",
    temperature_c: value,
  }));
  return {
    id: summary.at,
    backend_id: server.id,
    reported_at: zonedTime(summary.at),
    hostname: facts?.hostName ?? null,
    backend_version: server.agentVersion,
    cpu_temperature_c:
      sensors.find(({ device }) => device === "cpu")?.temperature_c ?? summary.temperatureCelsius ?? null,
    ram_used_percent: percent(summary.memoryUsedRatio),
    total_ram_gb: gibibytes(summary.memoryTotalBytes ?? valueOf(values, "memory_total_bytes")),
    disk_usage_percent: percent(valueOf(values, "filesystem_used_ratio", { mount: "/" })),
    mounted_usage: mounts,
    configured_mounts: mounts.map(({ mount_point }) => mount_point),
    cpu_load: {
      one: valueOf(values, "load1") ?? summary.load1,
      five: valueOf(values, "load5"),
      fifteen: valueOf(values, "load15"),
    },
    network_counters: seriesOf(values, "network_receive_bytes_total").map(({ labels, value }) => ({
      interface: labels["interface"] ?? "",
      bytes_sent: valueOf(values, "network_transmit_bytes_total", { interface: labels["interface"] ?? "" }),
      bytes_recv: value,
    })),
    disk_temperatures: sensors,
    os_version: [facts?.osName, facts?.osVersion].filter(Boolean).join(" ") || null,
    uptime_seconds: summary.uptimeSeconds,
    warnings: null,
  };
}
