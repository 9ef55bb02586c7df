import { hostPort } from "../../links/host-and-port.ts";
import { PLAIN, probeKindEntry } from "../probe-kind-entry.ts";
import { CONNECTIONS_RATIO_FIELD, loginFields, secondsField } from "./database-fields.ts";

export const postgresProbe = probeKindEntry({
  ...PLAIN,
  title: "PostgreSQL",
  meaning:
    "Signs in to a PostgreSQL database and looks at connections, transactions, cache, replicas, statements, tables.",
  group: "database",
  secret: "optional",
  fields: {
    ...loginFields(5432),
    database: { is: "text", form: "any", charactersMax: 63, default: "postgres" },
    connectionsRatio: CONNECTIONS_RATIO_FIELD,
    idleInTransactionSeconds: secondsField(300),
    longTransactionSeconds: secondsField(3_600),
    replicationLagSeconds: secondsField(60),
  },
  target: ({ host, port, database }) => `${hostPort(host, port)}/${database}`,
  charts: [
    { key: "connections", metrics: ["postgres_connections", "postgres_connections_max"] },
    { key: "transactions", metrics: ["postgres_transactions_total"] },
    { key: "cacheHit", metrics: ["postgres_cache_hit_ratio"] },
    {
      key: "waiting",
      metrics: ["postgres_longest_transaction_seconds", "postgres_longest_idle_in_transaction_seconds"],
    },
    { key: "databaseSize", metrics: ["postgres_database_size_bytes"] },
    { key: "temporary", metrics: ["postgres_temporary_bytes_total"] },
    { key: "deadlocks", metrics: ["postgres_deadlocks_total"] },
    { key: "replicationLag", metrics: ["postgres_replication_lag_seconds"] },
  ],
});
