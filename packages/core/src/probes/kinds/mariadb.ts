import { hostPort } from "../../links/host-and-port.ts";
import { PLAIN, probeKindEntry } from "../probe-kind-entry.ts";
import { CONNECTIONS_RATIO_FIELD, loginFields, secondsField } from "./database-fields.ts";

export const mariadbProbe = probeKindEntry({
  ...PLAIN,
  title: "MariaDB, MySQL",
  meaning:
    "Signs in to a MariaDB or MySQL server and looks at connections, questions, buffer pool, replication, tables.",
  group: "database",
  secret: "optional",
  fields: {
    ...loginFields(3306),
    database: { is: "text", form: "any", charactersMax: 64, default: "" },
    connectionsRatio: CONNECTIONS_RATIO_FIELD,
    replicationLagSeconds: secondsField(60),
  },
  target: ({ host, port, database }) => `${hostPort(host, port)}${database === "" ? "" : `/${database}`}`,
  charts: [
    {
      key: "connections",
      metrics: ["mariadb_connections", "mariadb_threads_running", "mariadb_connections_max"],
    },
    { key: "questions", metrics: ["mariadb_questions_total"] },
    { key: "cacheHit", metrics: ["mariadb_buffer_pool_hit_ratio"] },
    {
      key: "trouble",
      metrics: [
        "mariadb_slow_queries_total",
        "mariadb_aborted_connects_total",
        "mariadb_row_lock_waits_total",
        "mariadb_deadlocks_total",
        "mariadb_temporary_disk_tables_total",
      ],
    },
    { key: "databaseSize", metrics: ["mariadb_database_size_bytes"] },
    { key: "replicationLag", metrics: ["mariadb_replication_lag_seconds"] },
  ],
});
