import { amountIn, flagIn, missingNote, numberIn, numberOf, rowsOf } from "../database/database-row.ts";
import type { Asked, DatabaseRow } from "../database/database-row.ts";
import { counterGrowth, grownPerSecond, grownShare } from "../database/counter-growth.ts";
import type { CounterReading } from "../database/counter-growth.ts";
import { dearestStatements } from "../database/dearest-statements.ts";
import { spokenSeconds } from "../database/spoken.ts";
import { judgeTakenConnections } from "../database/taken-connections.ts";
import type { ProbeSettingsOf } from "../kinds.ts";
import { plainText } from "../probe-result.ts";
import type { ProbeVerdict } from "../probe-verdict.ts";

/** Everything that one look at a MariaDB or MySQL server brought. */
export interface MariadbFound {
  /** By name, in lower case. */
  readonly variables: ReadonlyMap<string, string | null>;
  readonly status: ReadonlyMap<string, string | null>;
  readonly sizes: Asked;
  readonly tables: Asked;
  readonly replication: Asked;
  /** Undefined where performance_schema is off. */
  readonly digests: Asked | undefined;
}

type Limits = Pick<ProbeSettingsOf<"mariadb">, "connectionsRatio" | "replicationLagSeconds">;

const TOTALS = {
  questions: "mariadb_questions_total",
  slow_queries: "mariadb_slow_queries_total",
  aborted_connects: "mariadb_aborted_connects_total",
  innodb_row_lock_waits: "mariadb_row_lock_waits_total",
  innodb_deadlocks: "mariadb_deadlocks_total",
  created_tmp_disk_tables: "mariadb_temporary_disk_tables_total",
} as const;

/** Rows of `SHOW STATUS` or `SHOW VARIABLES` by their name. */
export const namedValues = (rows: readonly DatabaseRow[]): ReadonlyMap<string, string | null> =>
  new Map(rows.map((row) => [(row["Variable_name"] ?? "").toLowerCase(), row["Value"] ?? null]));

/** Says what was seen and what is wrong with it; answers the totals for the look after this. */
export function judgeMariadb(
  verdict: ProbeVerdict,
  found: MariadbFound,
  { connectionsRatio, replicationLagSeconds }: Limits,
  before: CounterReading | undefined,
  atMs: number,
): CounterReading {
  const amount = (name: string): number | null => {
    const number = numberOf(found.status.get(name));
    return number === null || number < 0 ? null : number;
  };
  const reading: CounterReading = {
    atMs,
    epoch: "",
    // A smaller uptime is a restart, whatever the others say.
    totals: Object.fromEntries(
      [...Object.keys(TOTALS), "uptime", "innodb_buffer_pool_read_requests", "innodb_buffer_pool_reads"].map((name) => [
        name,
        amount(name),
      ]),
    ),
  };
  const growth = counterGrowth(before, withHits(reading));
  const hits = grownShare(growth, "pool_hits", "innodb_buffer_pool_reads");
  const used = amount("threads_connected");
  const max = numberOf(found.variables.get("max_connections"));
  const allowed = max === null || max < 1 ? null : max;
  for (const [name, metric] of Object.entries(TOTALS)) verdict.sample(metric, amount(name));
  verdict.sample("mariadb_connections", used);
  verdict.sample("mariadb_threads_running", amount("threads_running"));
  verdict.sample("mariadb_buffer_pool_hit_ratio", hits);
  verdict.fact("version", plainText(found.variables.get("version") ?? "", 80));
  verdict.fact("uptime", amount("uptime"), "seconds");
  judgeTakenConnections(verdict, "mariadb", { used, allowed }, connectionsRatio);
  verdict.fact("connectionsMost", amount("max_used_connections"), "count");
  verdict.fact("running", amount("threads_running"), "count");
  verdict.fact("questionsPerSecond", grownPerSecond(growth, "questions"), "per_second");
  verdict.fact("cacheHit", hits, "ratio");
  verdict.fact("slowStatements", amount("slow_queries"), "count");
  verdict.fact("slowFrom", numberOf(found.variables.get("long_query_time")), "seconds");
  verdict.fact("slowLog", found.variables.get("slow_query_log") === "ON");
  verdict.fact("failedConnects", amount("aborted_connects"), "count");
  verdict.fact("rowLockWaits", amount("innodb_row_lock_waits"), "count");
  verdict.fact("deadlocks", amount("innodb_deadlocks"), "count");
  verdict.fact("temporaryDiskTables", amount("created_tmp_disk_tables"), "count");
  verdict.fact("countersBeganAnew", growth.is === "reset");
  // No right is needed for them.
  if (found.status.size === 0) verdict.degraded("its counters are not known: the server does not answer the question");
  tellSizes(verdict, found);
  judgeReplication(verdict, found.replication, replicationLagSeconds);
  tellDigests(verdict, found.digests);
  return withHits(reading);
}

/** Requests that were answered from memory are those that read nothing. */
function withHits(reading: CounterReading): CounterReading {
  const { innodb_buffer_pool_read_requests: asked, innodb_buffer_pool_reads: read } = reading.totals;
  const hits = typeof asked === "number" && typeof read === "number" && asked >= read ? asked - read : null;
  return { ...reading, totals: { ...reading.totals, pool_hits: hits } };
}

function tellSizes(verdict: ProbeVerdict, { sizes, tables }: MariadbFound): void {
  const bytes = amountIn(rowsOf(sizes)[0], "size_bytes");
  verdict.sample("mariadb_database_size_bytes", bytes);
  verdict.fact("databaseSize", bytes, "bytes");
  const note = missingNote(tables, "SELECT");
  verdict.table({
    key: "largestTables",
    columns: [
      { key: "table" },
      { key: "size", unit: "bytes" },
      { key: "indexes", unit: "bytes" },
      { key: "unused", unit: "bytes" },
      { key: "rows", unit: "count" },
    ],
    rows: rowsOf(tables).map((row) => [
      `${plainText(row["schema_name"] ?? "", 64)}.${plainText(row["name"] ?? "", 64)}`,
      amountIn(row, "size_bytes"),
      amountIn(row, "index_bytes"),
      amountIn(row, "free_bytes"),
      amountIn(row, "row_count"),
    ]),
    note: note ?? "Only tables that the user may see; rows are the server's estimate.",
  });
}

function judgeReplication(verdict: ProbeVerdict, replication: Asked, most: number): void {
  const rows = rowsOf(replication);
  if (rows.length > 0) verdict.fact("role", "replica");
  const told = rows.map((row) => {
    const either = (...columns: readonly string[]): string | null =>
      columns.map((column) => row[column]).find((value) => value !== undefined && value !== null) ?? null;
    const read = either("Slave_IO_Running", "Replica_IO_Running");
    const applied = either("Slave_SQL_Running", "Replica_SQL_Running");
    const lag = numberIn({ lag: either("Seconds_Behind_Master", "Seconds_Behind_Source") }, "lag");
    const host = either("Master_Host", "Source_Host");
    const name = plainText(either("Connection_name", "Channel_Name") ?? "", 60);
    const source = name !== "" ? name : plainText(host ?? "source", 100);
    const isSound = flagIn({ read }, "read") === true && flagIn({ applied }, "applied") === true;
    return { source, read, applied, lag, isSound };
  });
  for (const { source, lag, isSound } of told) {
    verdict.sample("mariadb_replication_lag_seconds", lag, { source });
    if (most === 0) continue;
    // No number here means that replication stands, and is never 0.
    if (!isSound || lag === null) verdict.unhealthy(`replication from ${source} is broken`);
    else if (lag > most)
      verdict.degraded(`it is ${spokenSeconds(lag)} behind ${source} instead of at most ${spokenSeconds(most)}`);
  }
  const note = missingNote(replication, "REPLICA MONITOR (MySQL: REPLICATION CLIENT)");
  if (told.length > 0 || note !== undefined)
    verdict.table({
      key: "replication",
      columns: [{ key: "source" }, { key: "reads" }, { key: "applies" }, { key: "lag", unit: "seconds" }],
      rows: told.map(({ source, read, applied, lag }) => [source, read, applied, lag]),
      ...(note !== undefined && { note }),
    });
}

const PICOSECONDS_A_MILLISECOND = 1e9;

function tellDigests(verdict: ProbeVerdict, digests: Asked | undefined): void {
  const note =
    digests === undefined
      ? "Not collected: performance_schema is off; set performance_schema = ON in the server's configuration and restart it."
      : missingNote(digests, "SELECT on performance_schema.*");
  const totalMs = (row: DatabaseRow): number | null => {
    const picoseconds = amountIn(row, "total_picoseconds");
    return picoseconds === null ? null : picoseconds / PICOSECONDS_A_MILLISECOND;
  };
  verdict.table(dearestStatements(digests ?? { is: "rows", rows: [] }, totalMs, note));
}
