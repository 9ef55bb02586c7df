import type { CollectorKind } from "@muster/host";

/** What the agent says of itself. */
export interface OwnNumbers {
  readonly spoolBytes: () => number;
  readonly droppedSamples: () => number;
  readonly collectFailures: () => number;
}

/** The agent's own cost and losses, as a collector like any other. */
export const ownReadings = (numbers: OwnNumbers): CollectorKind => ({
  name: "agent",
  everyMs: 30_000,
  create: () => ({
    collect(sink) {
      const { user, system } = process.cpuUsage();
      sink.counter("agent_cpu_seconds_total", (user + system) / 1e6);
      sink.gauge("agent_resident_bytes", process.memoryUsage.rss());
      sink.gauge("agent_spool_bytes", numbers.spoolBytes());
      sink.counter("agent_spool_dropped_total", numbers.droppedSamples());
      sink.counter("agent_collect_failures_total", numbers.collectFailures());
      return Promise.resolve();
    },
  }),
});
