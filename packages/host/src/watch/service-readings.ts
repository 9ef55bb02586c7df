import { HEALTH_RATIOS } from "@muster/core";
import type { Clock, Instant, Labels, SampleSink } from "@muster/core";
import type { CollectorKind } from "../collector.ts";
import type { WireService } from "@muster/protocol";

const EVERY_MS = 30_000;
/** More would crowd out what the machine itself says. */
const SERVICES_MAX = 150;

export interface ServiceReadingsDeps {
  readonly clock: Clock;
  readonly read: () => Promise<void>;
  readonly services: () => ReadonlyMap<string, WireService>;
}

/**
 * Services as a collector: looks at them twice a minute, and what they use becomes series. Asking systemd and Docker takes
 * longer than a round may, so what was read joins the round after.
 */
export const serviceReadings = ({ clock, read, services }: ServiceReadingsDeps): CollectorKind => ({
  name: "services",
  everyMs: 0,
  create: () => {
    let nextReadMs = -Infinity;
    let readAtMs: number | undefined;
    const usage = new ServiceUsage();
    return {
      collect(sink) {
        const nowMs = clock.monotonic();
        if (readAtMs !== undefined) usage.tell(services(), { now: clock.now(), atMs: readAtMs }, sink);
        readAtMs = undefined;
        if (nowMs < nextReadMs) return Promise.resolve();
        nextReadMs = nowMs + EVERY_MS;
        void read().then(() => (readAtMs = clock.monotonic()));
        return Promise.resolve();
      },
    };
  },
});

/** Makes series of one reading after the other. */
class ServiceUsage {
  readonly #before = new Map<string, { readonly run: string; readonly cpuSeconds: number; readonly atMs: number }>();
  /** The same object for the same service each time, by which its places in a round are found fast. */
  readonly #labels = new Map<string, Labels>();

  tell(
    services: ReadonlyMap<string, WireService>,
    { now, atMs }: { readonly now: Instant; readonly atMs: number },
    sink: SampleSink,
  ): void {
    const measured = [...services].filter(([, service]) => isMeasured(service)).slice(0, SERVICES_MAX);
    for (const [key, service] of measured) {
      const { memoryBytes, restarts, since, state, health } = service;
      const labels = this.#labelsOf(key, service);
      const cpuRatio = this.#cpuRatio(key, service, atMs);
      if (cpuRatio !== undefined) sink.gauge("service_cpu_ratio", cpuRatio, labels);
      if (memoryBytes !== null) sink.gauge("service_memory_bytes", memoryBytes, labels);
      if (restarts !== null) sink.counter("service_restarts_total", restarts, labels);
      if (since !== null && state === "running")
        sink.gauge("service_uptime_seconds", Math.max(0, Math.round((now - since) / 1000)), labels);
      if (health !== "unknown") sink.gauge("service_health_ratio", HEALTH_RATIOS[health], labels);
    }
    for (const known of [this.#before, this.#labels])
      for (const key of known.keys()) if (!services.has(key)) known.delete(key);
  }

  #cpuRatio(key: string, { run, cpuSeconds }: WireService, atMs: number): number | undefined {
    const last = this.#before.get(key);
    if (cpuSeconds === null || run === null) {
      this.#before.delete(key);
      return undefined;
    }
    this.#before.set(key, { run, cpuSeconds, atMs });
    if (last?.run !== run || atMs <= last.atMs || cpuSeconds < last.cpuSeconds) return undefined;
    return (cpuSeconds - last.cpuSeconds) / ((atMs - last.atMs) / 1000);
  }

  #labelsOf(key: string, { driver, name }: WireService): Labels {
    let labels = this.#labels.get(key);
    if (labels === undefined) this.#labels.set(key, (labels = { driver, service: name }));
    return labels;
  }
}

/** Sockets, timers and what only ever ran at boot would be series that say nothing. */
const isMeasured = ({ driver, name, state }: WireService): boolean =>
  driver === "systemd" || driver === "systemd-user"
    ? name.endsWith(".service") && (state === "running" || state === "failed" || state === "backing-off")
    : driver !== "channel";
