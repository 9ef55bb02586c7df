import { watchEventLoopDelay } from "@muster/node-kit";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { LiveHub } from "./http/live/live-hub.ts";
import type { AgentLinks } from "./links/agent/agent-links.ts";
import type { Ingest } from "./metrics/ingest.ts";
import type { MetricReader } from "./metrics/metric-store.ts";
import { storageGauges } from "./metrics/storage-gauges.ts";

/** What the hub tells of itself, in Prometheus' text format: process metrics and what goes in and out. */
export function hubMetrics(parts: {
  readonly ingest: Ingest;
  readonly agents: AgentLinks;
  readonly live: LiveHub;
  readonly metrics: Pick<MetricReader, "size">;
}): {
  render(): Promise<string>;
  close(): void;
} {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Asked before the loop was ever measured they print "Nan", which no reader of the format takes; ours is below.
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith("nodejs_eventloop_lag")) registry.removeSingleMetric(name);
  }
  const delay = watchEventLoopDelay();
  const gauge = (name: string, help: string, read: () => number): void => {
    const made: Gauge = new Gauge({ name, help, registers: [registry], collect: () => made.set(read()) });
  };
  const { counts } = parts.ingest;
  gauge("muster_samples_stored_total", "Samples made durable since the start.", () => counts.samples);
  gauge("muster_batches_duplicate_total", "Batches that had been stored before.", () => counts.duplicates);
  gauge("muster_samples_rejected_total", "Samples not stored, by reason of their time.", () => counts.rejected);
  gauge("muster_samples_clamped_total", "Rows whose time was replaced by the hub's.", () => counts.clamped);
  gauge(
    "muster_series_refused_total",
    "Series not stored: bad names, or beyond a server's limit.",
    () => counts.refusedSeries,
  );
  gauge("muster_storage_working", "1 while samples can be stored.", () => (parts.ingest.storage === "working" ? 1 : 0));
  gauge("muster_agents_connected", "Agents connected now.", () => parts.agents.connectedCount);
  gauge("muster_live_sockets", "Browsers connected now.", () => parts.live.clientCount);
  gauge(
    "muster_event_loop_delay_p99_seconds",
    "99th percentile of the event loop's delay since the last reading.",
    () => delay.takeP99Seconds(),
  );
  const storage = storageGauges(registry, parts.metrics);
  return {
    async render() {
      await storage.read();
      return registry.metrics();
    },
    close: () => delay.close(),
  };
}
