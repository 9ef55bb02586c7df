import { amountIn, flagIn, missingNote, numberIn, rowsOf } from "../database/database-row.ts";
import type { Asked, DatabaseRow } from "../database/database-row.ts";
import { counterGrowth, grownPerSecond, grownShare } from "../database/counter-growth.ts";
import type { CounterReading } from "../database/counter-growth.ts";
import { dearestStatements } from "../database/dearest-statements.ts";
import { spokenSeconds } from "../database/spoken.ts";
import { judgeTakenConnections } from "../database/taken-connections.ts";
import type { ProbeSettingsOf } from "../kinds.ts";
import { plainText } from "../probe-result.ts";
import type { ProbeVerdict } from "../probe-verdict.ts";

/** Everything that one look at a PostgreSQL server brought. */
export interface PostgresFound {
  readonly server: DatabaseRow;
  readonly database: Asked;
  readonly connections: Asked;
  /** Replicas of this server. */
  readonly replicas: Asked;
  /** How far this server is itself as a replica; undefined where it is none. */
  readonly replay: Asked | undefined;
  readonly statements: Asked;
  readonly tables: Asked;
}

type Limits = Pick<
  ProbeSettingsOf<"postgres">,
  "connectionsRatio" | "idleInTransactionSeconds" | "longTransactionSeconds" | "replicationLagSeconds"
>;

/** The server refuses to write at about 2,147 million; autovacuum begins to freeze at 200 million. */
const WRAPAROUND_DEGRADED = 1_200_000_000;
const WRAPAROUND_UNHEALTHY = 1_900_000_000;
/** More dead rows than this share of a table of at least so many rows: vacuum does not keep up. */
const DEAD_RATIO_NOTICED = 0.2;
const DEAD_ROWS_LEAST = 10_000;
const SESSIONS_RIGHT = "pg_monitor";

/** Says what was seen and what is wrong with it; answers the totals for the look after this. */
export function judgePostgres(
  verdict: ProbeVerdict,
  found: PostgresFound,
  limits: Limits,
  before: CounterReading | undefined,
  atMs: number,
): CounterReading {
  const { server } = found;
  const isReplica = flagIn(server, "is_replica");
  verdict.fact("version", plainText(server["version"] ?? "", 60));
  verdict.fact("uptime", amountIn(server, "uptime_seconds"), "seconds");
  verdict.fact("role", isReplica === null ? null : isReplica ? "replica" : "primary");
  judgeConnections(verdict, found, limits);
  const reading = judgeDatabase(verdict, found, before, atMs);
  judgeReplication(verdict, found, limits);
  tellStatements(verdict, found.statements);
  tellTables(verdict, found.tables);
  return reading;
}

function judgeDatabase(
  verdict: ProbeVerdict,
  { database, server }: PostgresFound,
  before: CounterReading | undefined,
  atMs: number,
): CounterReading {
  const [row] = rowsOf(database);
  const total = (column: string): number | null => amountIn(row, column);
  const reading: CounterReading = {
    atMs,
    epoch: `${server["started_at"] ?? ""} ${row?.["stats_reset"] ?? ""}`,
    totals: Object.fromEntries(
      ["xact_commit", "xact_rollback", "blks_hit", "blks_read", "deadlocks", "temp_bytes"].map((column) => [
        column,
        total(column),
      ]),
    ),
  };
  const growth = counterGrowth(before, reading);
  const hits = grownShare(growth, "blks_hit", "blks_read");
  const commits = grownPerSecond(growth, "xact_commit");
  const rollbacks = grownPerSecond(growth, "xact_rollback");
  const age = total("wraparound_age");
  verdict.sample("postgres_database_size_bytes", total("size_bytes"));
  verdict.sample("postgres_transactions_total", total("xact_commit"), { outcome: "commit" });
  verdict.sample("postgres_transactions_total", total("xact_rollback"), { outcome: "rollback" });
  verdict.sample("postgres_deadlocks_total", total("deadlocks"));
  verdict.sample("postgres_temporary_bytes_total", total("temp_bytes"));
  verdict.sample("postgres_cache_hit_ratio", hits);
  verdict.sample("postgres_wraparound_age", age);
  verdict.fact("databaseSize", total("size_bytes"), "bytes");
  verdict.fact("commitsPerSecond", commits, "per_second");
  verdict.fact("rollbacksPerSecond", rollbacks, "per_second");
  verdict.fact("cacheHit", hits, "ratio");
  verdict.fact("deadlocks", total("deadlocks"), "count");
  verdict.fact("temporary", total("temp_bytes"), "bytes");
  verdict.fact("wraparoundAge", age, "count");
  const resetSeconds = total("stats_reset");
  verdict.fact("countersSince", resetSeconds === null ? null : Math.round(resetSeconds * 1_000), "instant");
  verdict.fact("countersBeganAnew", growth.is === "reset");
  const failures = total("checksum_failures");
  verdict.fact("checksumFailures", failures, "count");
  if (failures !== null && failures > 0)
    verdict.degraded(`${failures} pages were damaged on disk (checksum failures) instead of none`);
  if (age !== null && age >= WRAPAROUND_DEGRADED) {
    const words = `the oldest transaction is ${Math.round(age / 1e6)} million back instead of at most about 200; vacuum it before the server stops at 2,147 million`;
    if (age >= WRAPAROUND_UNHEALTHY) verdict.unhealthy(words);
    else verdict.degraded(words);
  }
  if (database.is === "missing") verdict.degraded(`the size of the database is not known: ${whyMissing(database)}`);
  return reading;
}

function judgeConnections(verdict: ProbeVerdict, { connections, server }: PostgresFound, limits: Limits): void {
  const { connectionsRatio, idleInTransactionSeconds, longTransactionSeconds } = limits;
  const rows = rowsOf(connections);
  const max = amountIn(server, "max_connections");
  const reserved = (amountIn(server, "reserved") ?? 0) + (amountIn(server, "reserved_more") ?? 0);
  const allowed = max === null ? null : Math.max(1, max - reserved);
  const sum = (column: string): number =>
    rows.reduce((before, row) => before + Math.min(amountIn(row, column) ?? 0, 1e9), 0);
  const largest = (column: string, from: readonly DatabaseRow[]): number | null => {
    const values = from.flatMap((row) => numberIn(row, column) ?? []);
    return values.length === 0 ? null : Math.max(0, ...values);
  };
  const used = connections.is === "rows" ? sum("count") : null;
  if (connections.is === "missing") verdict.degraded(`the connections are not known: ${whyMissing(connections)}`);
  const hidden = sum("hidden");
  const idle = rows.filter(({ state }) => state?.startsWith("idle in transaction") === true);
  const longest = largest("transaction_seconds", rows);
  const longestIdle = largest("state_seconds", idle);
  if (hidden === 0)
    for (const row of rows) verdict.sample("postgres_connections", amountIn(row, "count"), { state: stateOf(row) });
  else verdict.sample("postgres_connections", used, { state: "any" });
  judgeTakenConnections(verdict, "postgres", { used, allowed }, connectionsRatio);
  // What is hidden is not known to be short.
  if (hidden === 0 && connections.is === "rows") {
    verdict.sample("postgres_longest_transaction_seconds", longest ?? 0);
    verdict.sample("postgres_longest_idle_in_transaction_seconds", longestIdle ?? 0);
  }
  verdict.fact("longestTransaction", longest, "seconds");
  verdict.fact("longestIdleInTransaction", longestIdle, "seconds");
  verdict.table({
    key: "connectionStates",
    columns: [
      { key: "state" },
      { key: "connections", unit: "count" },
      { key: "longestTransaction", unit: "seconds" },
      { key: "longestInState", unit: "seconds" },
      { key: "waiting", unit: "count" },
    ],
    rows: rows.map((row) => [
      stateOf(row),
      amountIn(row, "count"),
      numberIn(row, "transaction_seconds"),
      numberIn(row, "state_seconds"),
      amountIn(row, "waiting"),
    ]),
    ...(hidden > 0 && { note: `What ${hidden} sessions do is hidden; grant the user ${SESSIONS_RIGHT}.` }),
  });
  if (longestIdle !== null && idleInTransactionSeconds > 0 && longestIdle > idleInTransactionSeconds)
    verdict.degraded(
      `a session has been idle in a transaction for ${spokenSeconds(longestIdle)} instead of at most ${spokenSeconds(idleInTransactionSeconds)}`,
    );
  if (longest !== null && longTransactionSeconds > 0 && longest > longTransactionSeconds)
    verdict.degraded(
      `a transaction has been open for ${spokenSeconds(longest)} instead of at most ${spokenSeconds(longTransactionSeconds)}`,
    );
  if (hidden > 0 && (idleInTransactionSeconds > 0 || longTransactionSeconds > 0))
    verdict.degraded(`the user may not see what others do; grant it ${SESSIONS_RIGHT}`);
}

const stateOf = (row: DatabaseRow): string => plainText(row["state"] ?? "unknown", 60);

function judgeReplication(verdict: ProbeVerdict, { replicas, replay }: PostgresFound, limits: Limits): void {
  const { replicationLagSeconds: most } = limits;
  const rows = rowsOf(replicas);
  const note = missingNote(replicas, SESSIONS_RIGHT);
  const names = replicaNames(rows);
  const lagging: string[] = [];
  for (const [index, row] of rows.entries()) {
    const lag = lagOf(row);
    const name = names[index]!;
    verdict.sample("postgres_replication_lag_seconds", lag, { replica: name });
    if (lag !== null && most > 0 && lag > most) lagging.push(`${name} by ${spokenSeconds(lag)}`);
  }
  if (rows.length > 0 || note !== undefined)
    verdict.table({
      key: "replicas",
      columns: [
        { key: "name" },
        { key: "address" },
        { key: "state" },
        { key: "lag", unit: "seconds" },
        { key: "behind", unit: "bytes" },
      ],
      rows: rows.map((row) => [
        plainText(row["name"] ?? "", 60),
        row["address"] ?? null,
        row["state"] ?? null,
        lagOf(row),
        amountIn(row, "lag_bytes"),
      ]),
      ...(note !== undefined && { note }),
    });
  if (lagging.length > 0)
    verdict.degraded(
      `replicas are behind (${lagging.slice(0, 3).join(", ")}) instead of at most ${spokenSeconds(most)}`,
    );
  if (replay === undefined) return;
  const [own] = rowsOf(replay);
  const receives = flagIn(own, "receives");
  // A quiet primary sends nothing: who receives and has replayed it all is not behind, however old that is.
  const delay = receives === true && flagIn(own, "is_caught_up") === true ? 0 : amountIn(own, "replay_seconds");
  verdict.sample("postgres_replication_lag_seconds", delay, { replica: "self" });
  verdict.fact("replayDelay", delay, "seconds");
  verdict.fact("receives", receives);
  if (most > 0 && receives === false) verdict.degraded("it is a replica that receives nothing from its primary now");
  if (delay !== null && most > 0 && delay > most)
    verdict.degraded(`it is ${spokenSeconds(delay)} behind its primary instead of at most ${spokenSeconds(most)}`);
}

/** A series for each: replicas that were given no name of their own are all called walreceiver. */
function replicaNames(rows: readonly DatabaseRow[]): readonly string[] {
  const own = rows.map((row, index) => plainText(row["name"] ?? "", 60) || `replica ${index + 1}`);
  const taken = new Set<string>();
  return own.map((name, index) => {
    const isShared = own.filter((other) => other === name).length > 1;
    const full = isShared ? `${name} ${plainText(rows[index]?.["address"] ?? "", 60)}`.trim() : name;
    const unique = taken.has(full) ? `${full} #${index + 1}` : full;
    taken.add(unique);
    return unique;
  });
}

/** Seconds; a replica that has replayed everything says no time, and is not behind. */
function lagOf(row: DatabaseRow): number | null {
  const seconds = amountIn(row, "lag_seconds");
  return seconds ?? (numberIn(row, "lag_bytes") === 0 ? 0 : null);
}

function tellStatements(verdict: ProbeVerdict, statements: Asked): void {
  const notes = {
    absent:
      "Not collected: set shared_preload_libraries = 'pg_stat_statements', restart the server, then run CREATE EXTENSION pg_stat_statements in this database.",
    "not-loaded":
      "Not collected: the extension is there but not loaded; set shared_preload_libraries = 'pg_stat_statements' and restart the server.",
  } as const;
  const note =
    statements.is === "missing" && (statements.why === "absent" || statements.why === "not-loaded")
      ? notes[statements.why]
      : missingNote(statements, SESSIONS_RIGHT);
  verdict.table(dearestStatements(statements, (row) => amountIn(row, "total_ms"), note));
}

function tellTables(verdict: ProbeVerdict, tables: Asked): void {
  const rows = rowsOf(tables).map((row) => {
    const [live, dead] = [amountIn(row, "live_rows"), amountIn(row, "dead_rows")];
    const all = (live ?? 0) + (dead ?? 0);
    const vacuumed = amountIn(row, "last_autovacuum");
    return {
      name: `${plainText(row["schema"] ?? "", 63)}.${plainText(row["name"] ?? "", 63)}`,
      bytes: amountIn(row, "size_bytes"),
      all,
      deadRatio: live === null || dead === null || all === 0 ? null : dead / all,
      scans: [amountIn(row, "seq_scans"), amountIn(row, "idx_scans")] as const,
      vacuumedAt: vacuumed === null ? null : Math.round(vacuumed * 1_000),
    };
  });
  const bloated = rows.filter(
    ({ deadRatio, all }) => deadRatio !== null && deadRatio > DEAD_RATIO_NOTICED && all >= DEAD_ROWS_LEAST,
  );
  const hint =
    bloated.length === 0
      ? "Rows are the server's estimate."
      : `Rows are the server's estimate. Many dead rows: ${bloated
          .slice(0, 3)
          .map(({ name }) => name)
          .join(", ")}; autovacuum does not keep up.`;
  verdict.table({
    key: "largestTables",
    columns: [
      { key: "table" },
      { key: "size", unit: "bytes" },
      { key: "dead", unit: "ratio" },
      { key: "sequentialScans", unit: "count" },
      { key: "indexScans", unit: "count" },
      { key: "autovacuumed", unit: "instant" },
    ],
    rows: rows.map(({ name, bytes, deadRatio, scans, vacuumedAt }) => [name, bytes, deadRatio, ...scans, vacuumedAt]),
    note: missingNote(tables, SESSIONS_RIGHT) ?? hint,
  });
}

const whyMissing = (asked: Asked): string =>
  asked.is === "missing" && asked.why === "right"
    ? `the user may not connect to it or needs ${SESSIONS_RIGHT}`
    : asked.is === "missing" && asked.why === "late"
      ? "the question took too long"
      : "the server does not answer the question";
