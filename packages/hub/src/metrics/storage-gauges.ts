import { HOUR_MS, MINUTE_MS } from "@muster/core";
import { Gauge } from "prom-client";
import type { Registry } from "prom-client";
import type { MetricReader } from "./metric-store.ts";

/** As a label says it; a day's samples and roll-ups are of one resolution each. */
const RESOLUTIONS: readonly (readonly [name: string, resolutionMs: number])[] = [
  ["samples", 0],
  ["minutes", MINUTE_MS],
  ["hours", HOUR_MS],
];

/** Gauges of what the history takes. `read` brings them up to date; a store that cannot be read leaves them out. */
export function storageGauges(
  registry: Registry,
  metrics: Pick<MetricReader, "size">,
): { readonly read: () => Promise<void> } {
  const gauge = (name: string, help: string, labelNames: readonly string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const bytes = gauge("muster_storage_bytes", "What the metric files take on the disk.");
  const series = gauge("muster_storage_series", "Series that are stored.");
  const samples = gauge("muster_storage_samples", "Samples that are stored, sealed or not.");
  const sealed = gauge("muster_storage_sealed_rows", "Sealed samples, and rows of roll-ups, by resolution.", [
    "resolution",
  ]);
  const sealedBytes = gauge("muster_storage_sealed_bytes", "What they take.", ["resolution"]);
  return {
    async read() {
      const size = await metrics.size().catch(() => undefined);
      if (size === undefined) {
        for (const each of [bytes, series, samples]) each.remove();
        for (const each of [sealed, sealedBytes]) each.reset();
        return;
      }
      bytes.set(size.bytes);
      series.set(size.seriesCount);
      samples.set(size.sampleCount);
      for (const [resolution, resolutionMs] of RESOLUTIONS) {
        const days = (size.stock ?? []).filter((day) => day.resolutionMs === resolutionMs);
        sealed.set(
          { resolution },
          days.reduce((sum, day) => sum + day.sampleCount, 0),
        );
        sealedBytes.set(
          { resolution },
          days.reduce((sum, day) => sum + day.bytes, 0),
        );
      }
    },
  };
}
