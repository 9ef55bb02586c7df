import type { Clock } from "@muster/core";
import { EngineMetricStore } from "./engine/engine-store.ts";
import type { EngineStoreConfig } from "./engine/engine-store.ts";
import { MemoryMetricStore } from "./memory/memory-store.ts";
import type { MetricLimits, MetricStore } from "./metric-store.ts";

/** What can be done with the engine's file while nothing has it open. */
export { checkStore } from "./engine/check/check-store.ts";
export type { StoreReport } from "./engine/check/check-store.ts";
export { exportStore } from "./engine/transfer/export-store.ts";
export type { ExportOutcome } from "./engine/transfer/export-store.ts";
export { importStore } from "./engine/transfer/import-store.ts";
export type { ImportOutcome } from "./engine/transfer/import-store.ts";

/** The engines there are. `memory` forgets everything at its end. */
export type MetricStoreConfig =
  | ({ readonly kind: "engine" } & EngineStoreConfig)
  | ({ readonly kind: "memory" } & MetricLimits);

/** The only place that knows the engines. Errors as the engine's own opening gives them. */
export async function createMetricStore(
  config: MetricStoreConfig,
  deps: { readonly clock: Clock },
): Promise<MetricStore> {
  switch (config.kind) {
    case "engine":
      return EngineMetricStore.open(config, deps);
    case "memory":
      return new MemoryMetricStore(config, deps);
  }
}
