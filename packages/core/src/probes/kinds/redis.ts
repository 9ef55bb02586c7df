import { hostPort } from "../../links/host-and-port.ts";
import { CA_FIELD, HOST_FIELD, PLAIN, portField, probeKindEntry } from "../probe-kind-entry.ts";

const limitField = (value: number) =>
  ({ is: "number", unit: "ratio", least: 0, most: 1, default: value, further: true }) as const;

/** Also Valkey and KeyDB, which speak the same. */
export const redisProbe = probeKindEntry({
  ...PLAIN,
  title: "Redis",
  meaning: "Asks a Redis, Valkey or KeyDB how quick, full and busy it is, and whether it saves and replicates.",
  group: "database",
  secret: "optional",
  fields: {
    host: HOST_FIELD,
    port: portField(6_379),
    user: { is: "text", form: "any", charactersMax: 200, default: "" },
    database: { is: "number", unit: "count", least: 0, most: 100_000, default: 0, further: true },
    tls: { is: "flag", default: false },
    serverName: { is: "text", form: "host", charactersMax: 253, default: "", further: true },
    ca: CA_FIELD,
    latencyMs: { is: "number", unit: "milliseconds", least: 0, most: 60_000, default: 100, further: true },
    memoryRatio: limitField(0.9),
    clientsRatio: limitField(0.9),
    hitRatioMin: limitField(0),
    keyPatterns: { is: "flag", default: true, further: true },
  },
  target: ({ host, port }) => hostPort(host, port),
  charts: [
    { key: "memory", metrics: ["redis_memory_used_bytes", "redis_memory_rss_bytes", "redis_memory_max_bytes"] },
    { key: "hitRatio", metrics: ["redis_hit_ratio"] },
    { key: "commands", metrics: ["redis_commands_total"] },
    { key: "keys", metrics: ["redis_keys"] },
    { key: "clients", metrics: ["redis_clients", "redis_clients_blocked"] },
    {
      key: "removals",
      metrics: ["redis_evicted_keys_total", "redis_expired_keys_total", "redis_rejected_connections_total"],
    },
    { key: "cpu", metrics: ["redis_cpu_seconds_total"] },
    { key: "replication", metrics: ["redis_replication_lag_seconds"] },
    { key: "fragmentation", metrics: ["redis_memory_fragmentation_ratio"] },
  ],
  acts: {
    clear: {
      class: "dangerous",
      meaning: "Removes the keys of its database that a pattern such as `cache:*` matches.",
      fields: {
        pattern: { is: "text", form: "any", charactersMax: 500 },
        everything: { is: "flag", default: false },
      },
    },
  },
});
