import type { Clock } from "@muster/core";
import type { CollectorKind } from "@muster/host";
import type { WireService } from "@muster/protocol";

const EVERY_MS = 30_000;
/** More would crowd out what the machine itself says. */
const SERVICES_MAX = 150;

export interface ServiceReadingsDeps {
  readonly clock: Clock;
  readonly read: () => Promise<void>;
  readonly services: () => ReadonlyMap<string, WireService>;
}

/** Services as a collector: looks at them twice a minute, and what they use becomes series. */
export const serviceReadings = ({ clock, read, services }: ServiceReadingsDeps): CollectorKind => ({
  name: "services",
  everyMs: EVERY_MS,
  create: () => {
    const before = new Map<string, { readonly run: string; readonly cpuSeconds: number; readonly atMs: number }>();
    return {
      async collect(sink) {
        await read();
        const now = clock.now();
        const atMs = clock.monotonic();
        const measured = [...services()].filter(([, service]) => isMeasured(service)).slice(0, SERVICES_MAX);
        for (const [key, service] of measured) {
          const labels = { driver: service.driver, service: service.name };
          const { run, cpuSeconds, memoryBytes, restarts, since, state, health } = service;
          const last = before.get(key);
          if (cpuSeconds !== null && run !== null) {
            if (last?.run === run && atMs > last.atMs && cpuSeconds >= last.cpuSeconds)
              sink.gauge(
                "service_cpu_ratio",
                round((cpuSeconds - last.cpuSeconds) / ((atMs - last.atMs) / 1000)),
                labels,
              );
            before.set(key, { run, cpuSeconds, atMs });
          } else before.delete(key);
          if (memoryBytes !== null) sink.gauge("service_memory_bytes", memoryBytes, labels);
          if (restarts !== null) sink.counter("service_restarts_total", restarts, labels);
          if (since !== null && state === "running")
            sink.gauge("service_uptime_seconds", Math.max(0, Math.round((now - since) / 1000)), labels);
          if (health !== "unknown") sink.gauge("service_health_ratio", HEALTH_VALUES[health], labels);
        }
        for (const key of before.keys()) if (!services().has(key)) before.delete(key);
      },
    };
  },
});

const HEALTH_VALUES = { healthy: 1, degraded: 0.5, unhealthy: 0 } as const;

/** Sockets, timers and what only ever ran at boot would be series that say nothing. */
const isMeasured = ({ driver, name, state }: WireService): boolean =>
  driver === "systemd" || driver === "systemd-user"
    ? name.endsWith(".service") && (state === "running" || state === "failed" || state === "backing-off")
    : driver !== "channel";

const round = (ratio: number): number => Math.round(ratio * 10_000) / 10_000;
