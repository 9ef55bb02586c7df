/** What is asked of a MariaDB or MySQL server. */

export const VARIABLES = `
SHOW GLOBAL VARIABLES WHERE Variable_name IN
  ('version', 'max_connections', 'long_query_time', 'slow_query_log', 'performance_schema')`;

export const STATUS = `
SHOW GLOBAL STATUS WHERE Variable_name IN
  ('Threads_connected', 'Threads_running', 'Max_used_connections', 'Aborted_connects', 'Slow_queries', 'Questions',
   'Uptime', 'Innodb_buffer_pool_read_requests', 'Innodb_buffer_pool_reads', 'Innodb_row_lock_waits',
   'Innodb_deadlocks', 'Created_tmp_disk_tables')`;

const OURS = "table_type = 'BASE TABLE' AND (DATABASE() IS NULL OR table_schema = DATABASE())";

export const SIZES = `SELECT SUM(data_length + index_length) AS size_bytes FROM information_schema.TABLES WHERE ${OURS}`;

export const TABLES = `
SELECT table_schema AS schema_name, table_name AS name, data_length + index_length AS size_bytes,
  index_length AS index_bytes, data_free AS free_bytes, table_rows AS row_count
FROM information_schema.TABLES WHERE ${OURS} ORDER BY data_length + index_length DESC LIMIT 15`;

export const REPLICATION = ["SHOW ALL REPLICAS STATUS", "SHOW REPLICA STATUS", "SHOW SLAVE STATUS"] as const;

export const DIGESTS = `
SELECT LEFT(digest_text, 600) AS statement, count_star AS calls, sum_timer_wait AS total_picoseconds
FROM performance_schema.events_statements_summary_by_digest
WHERE digest_text IS NOT NULL AND (DATABASE() IS NULL OR schema_name = DATABASE())
ORDER BY sum_timer_wait DESC LIMIT 10`;
