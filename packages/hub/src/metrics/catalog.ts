import type { Clock } from "@muster/core";
import { MemoryMetricStore } from "./memory/memory-store.ts";
import type { MetricLimits, MetricStore } from "./metric-store.ts";
import { SqliteMetricStore } from "./sqlite/sqlite-store.ts";
import type { SqliteStoreConfig } from "./sqlite/sqlite-store.ts";

/** The engines there are. `memory` forgets everything at its end. */
export type MetricStoreConfig =
  | ({ readonly kind: "sqlite" } & SqliteStoreConfig)
  | ({ readonly kind: "memory" } & MetricLimits);

/** The only place that knows the engines. Errors as the engine's own opening gives them. */
export async function createMetricStore(
  config: MetricStoreConfig,
  deps: { readonly clock: Clock },
): Promise<MetricStore> {
  return config.kind === "memory" ? new MemoryMetricStore(config, deps) : SqliteMetricStore.open(config, deps);
}
