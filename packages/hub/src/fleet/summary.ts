import type { Instant } from "@muster/core";
import type { ServerSummary } from "@muster/protocol";

/** The newest value of one series and the one before it, for rates. */
export interface LatestValue {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly at: Instant;
  readonly value: number;
  readonly previous?: { readonly at: Instant; readonly value: number } | undefined;
}

export const EMPTY_SUMMARY: ServerSummary = {
  at: null,
  cpuBusyRatio: null,
  memoryUsedRatio: null,
  memoryUsedBytes: null,
  memoryTotalBytes: null,
  worstDisk: null,
  load1: null,
  networkReceiveBytesPerSecond: null,
  networkTransmitBytesPerSecond: null,
  temperatureCelsius: null,
  uptimeSeconds: null,
};

/** A reading this much older than the newest one belongs to something that went away (an unplugged disk, a sensor). */
const TOGETHER_MS = 120_000;

/** What one table row shows, out of the newest values. What was not read is null, never 0. */
export function summarize(values: Iterable<LatestValue>): ServerSummary {
  const all = [...values];
  const at = all.reduce<number | null>((newest, value) => Math.max(newest ?? 0, value.at), null);
  if (at === null) return EMPTY_SUMMARY;
  const present = all.filter((value) => at - value.at <= TOGETHER_MS);
  const find = (metric: string): LatestValue | undefined => present.find((value) => value.metric === metric);
  const gauge = (metric: string): number | null => find(metric)?.value ?? null;
  const rate = (metric: string): number | null => {
    const value = find(metric);
    if (!value?.previous || value.at <= value.previous.at) return null;
    // A smaller total means that the counter began again.
    const growth = value.value >= value.previous.value ? value.value - value.previous.value : value.value;
    return growth / ((value.at - value.previous.at) / 1_000);
  };
  const most = (metric: string): LatestValue | undefined =>
    present
      .filter((value) => value.metric === metric)
      .reduce<LatestValue | undefined>(
        (worst, value) => (worst === undefined || value.value > worst.value ? value : worst),
        undefined,
      );
  const disk = most("filesystem_used_ratio");
  const used = gauge("memory_used_bytes");
  const total = gauge("memory_total_bytes");
  return {
    at,
    cpuBusyRatio: gauge("cpu_busy_ratio"),
    memoryUsedRatio: gauge("memory_used_ratio") ?? (used !== null && total ? used / total : null),
    memoryUsedBytes: used,
    memoryTotalBytes: total,
    worstDisk: disk ? { mount: disk.labels["mount"] ?? "", usedRatio: disk.value } : null,
    load1: gauge("load1"),
    networkReceiveBytesPerSecond: rate("network_machine_receive_bytes_total"),
    networkTransmitBytesPerSecond: rate("network_machine_transmit_bytes_total"),
    temperatureCelsius: most("temperature_celsius")?.value ?? null,
    uptimeSeconds: gauge("uptime_seconds"),
  };
}
