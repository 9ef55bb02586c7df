import type { DatabaseRow } from "@muster/core";

/** What is asked of a PostgreSQL server. Columns that only some versions have are taken out of the row as JSON. */

export const SERVER = `
SELECT current_setting('server_version') AS version,
  current_setting('max_connections') AS max_connections,
  current_setting('superuser_reserved_connections') AS reserved,
  current_setting('reserved_connections', true) AS reserved_more,
  pg_is_in_recovery() AS is_replica,
  pg_postmaster_start_time() AS started_at,
  extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) AS uptime_seconds`;

export const DATABASE = `
SELECT pg_database_size(d.datname) AS size_bytes,
  d.xact_commit, d.xact_rollback, d.blks_hit, d.blks_read, d.deadlocks, d.temp_bytes,
  extract(epoch FROM d.stats_reset) AS stats_reset,
  row_to_json(d)->>'checksum_failures' AS checksum_failures,
  (SELECT max(age(datfrozenxid)) FROM pg_database) AS wraparound_age
FROM pg_stat_database d WHERE d.datname = current_database()`;

// Who may not see others' sessions sees neither their state nor their kind; only those of a user are clients'.
export const CONNECTIONS = `
SELECT a.state, count(*) AS count,
  extract(epoch FROM clock_timestamp() - min(a.xact_start)) AS transaction_seconds,
  extract(epoch FROM clock_timestamp() - min(a.state_change)) AS state_seconds,
  count(*) FILTER (WHERE a.state = 'active' AND a.wait_event_type = 'Lock') AS waiting,
  count(*) FILTER (WHERE a.query = '<insufficient privilege>') AS hidden
FROM pg_stat_activity a
WHERE a.pid <> pg_backend_pid()
  AND coalesce(row_to_json(a)->>'backend_type', CASE WHEN a.usesysid IS NOT NULL THEN 'client backend' END)
    = 'client backend'
GROUP BY a.state ORDER BY count(*) DESC LIMIT 20`;

export const REPLICAS = `
SELECT r.application_name AS name, r.client_addr AS address, r.state,
  extract(epoch FROM r.replay_lag) AS lag_seconds,
  pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
    r.replay_lsn) AS lag_bytes
FROM pg_stat_replication r ORDER BY r.application_name, r.client_addr LIMIT 20`;

export const REPLAY = `
SELECT extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS replay_seconds,
  pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AS is_caught_up,
  EXISTS (SELECT 1 FROM pg_stat_wal_receiver) AS receives`;

export const TABLES = `
SELECT t.schemaname AS schema, t.relname AS name, pg_total_relation_size(t.relid) AS size_bytes,
  t.n_live_tup AS live_rows, t.n_dead_tup AS dead_rows, t.seq_scan AS seq_scans, t.idx_scan AS idx_scans,
  extract(epoch FROM t.last_autovacuum) AS last_autovacuum
FROM pg_stat_user_tables t ORDER BY pg_total_relation_size(t.relid) DESC NULLS LAST LIMIT 15`;

export const STATEMENT_COLUMNS = `
SELECT n.nspname AS schema, a.attname AS column_name
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
JOIN pg_class c ON c.relnamespace = e.extnamespace AND c.relname = 'pg_stat_statements'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE e.extname = 'pg_stat_statements'`;

/** The dearest statements of this database, by the columns that there are; undefined where nothing keeps them. */
export function statementsBy(columns: readonly DatabaseRow[]): string | undefined {
  const names = new Set(columns.map((row) => row["column_name"]));
  const schema = columns[0]?.["schema"];
  // Up to version 12 it was called total_time.
  const total = ["total_exec_time", "total_time"].find((name) => names.has(name));
  if (schema === undefined || schema === null || total === undefined) return undefined;
  return `
SELECT left(s.query, 600) AS statement, s.calls, s.${total} AS total_ms
FROM "${schema.replaceAll('"', '""')}".pg_stat_statements s
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY s.${total} DESC LIMIT 10`;
}
