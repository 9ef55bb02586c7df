import { expect, test } from "vitest";
import { judgeMariadb, namedValues } from "../mariadb/judge-mariadb.ts";
import { judgePostgres } from "../postgres/judge-postgres.ts";
import type { PostgresFound } from "../postgres/judge-postgres.ts";
import { ProbeVerdict } from "../probe-verdict.ts";
import type { Asked, DatabaseRow } from "./database-row.ts";

const rows = (...given: readonly DatabaseRow[]): Asked => ({ is: "rows", rows: given });
const none: Asked = { is: "missing", why: "failed" };
const limits = {
  connectionsRatio: 0.8,
  idleInTransactionSeconds: 300,
  longTransactionSeconds: 3_600,
  replicationLagSeconds: 60,
};

function judged(found: Partial<PostgresFound>, given: Partial<typeof limits> = {}) {
  const verdict = new ProbeVerdict();
  const empty = rows();
  judgePostgres(
    verdict,
    {
      ...{ server: {}, database: empty, connections: empty, replicas: empty, replay: undefined },
      ...{ statements: empty, tables: empty, ...found },
    },
    { ...limits, ...given },
    undefined,
    0,
  );
  return verdict.result(1, "well");
}

test("[G3] what a PostgreSQL server does not tell is null, and no number", () => {
  const result = judged({ database: none, connections: none, replicas: none, statements: none, tables: none });
  expect(result.samples).toEqual([]);
  expect(result.report.facts.filter(({ value }) => typeof value === "number")).toEqual([]);
  expect(result.detail.split("; ")).toEqual([
    "the connections are not known: the server does not answer the question",
    "the size of the database is not known: the server does not answer the question",
  ]);
});

test("absurd answers are bounded and judged without a throw", () => {
  const absurd = {
    count: "1e999",
    transaction_seconds: "-5",
    state_seconds: "9".repeat(99_999),
    hidden: "x",
    state: "\u202e".repeat(9_999),
  };
  const result = judged({
    connections: rows(absurd),
    server: { max_connections: "-1", reserved: "1e30" },
    tables: rows({ name: "x".repeat(1e6) }),
  });
  expect(result.health).toBe("healthy");
});

test.for([
  ["1300000000", "degraded"],
  ["2000000000", "unhealthy"],
  ["200000000", "healthy"],
] as const)("a wraparound age of %s is %s", ([age, health]) => {
  expect(judged({ database: rows({ wraparound_age: age }) }).health).toBe(health);
});

test("damaged pages are told", () => {
  expect(judged({ database: rows({ checksum_failures: "2" }) }).detail).toContain("2 pages were damaged");
});

test("replicas that are behind are named; an idle one that has replayed all is not; 0 turns it off", () => {
  const replicas = rows(
    { name: "far", lag_seconds: "120", lag_bytes: "9" },
    { name: "idle", lag_seconds: null, lag_bytes: "0" },
    { name: "dumb", lag_seconds: null, lag_bytes: null },
  );
  const result = judged({ replicas });
  expect(result.detail).toBe("replicas are behind (far by 120 s) instead of at most 60 s");
  expect(result.samples.filter(({ metric }) => metric === "postgres_replication_lag_seconds")).toEqual([
    { metric: "postgres_replication_lag_seconds", value: 120, labels: { replica: "far" } },
    { metric: "postgres_replication_lag_seconds", value: 0, labels: { replica: "idle" } },
  ]);
  expect(judged({ replicas }, { replicationLagSeconds: 0 }).health).toBe("healthy");
});

test("replicas of one name have a series each", () => {
  const walreceiver = (address: string | null, seconds: string): DatabaseRow => ({
    ...{ name: "walreceiver", address, lag_seconds: seconds, lag_bytes: "9" },
  });
  const { samples, detail } = judged({
    replicas: rows(walreceiver("10.0.0.1", "1"), walreceiver("10.0.0.2", "120"), walreceiver("10.0.0.2", "2")),
  });
  const named = samples.filter(({ metric }) => metric === "postgres_replication_lag_seconds");
  expect(named.map(({ labels }) => labels?.["replica"])).toEqual([
    "walreceiver 10.0.0.1",
    "walreceiver 10.0.0.2",
    "walreceiver 10.0.0.2 #3",
  ]);
  expect(detail).toContain("walreceiver 10.0.0.2 by 120 s");
});

test("a transaction that is seen is judged, however many sessions are hidden beside it", () => {
  const connections = rows(
    { state: null, count: "2", hidden: "2" },
    { state: "active", count: "1", hidden: "0", transaction_seconds: "7200" },
  );
  expect(judged({ connections }).detail).toContain("a transaction has been open for 7200 s");
});

test("a replica that receives nothing is degraded, and one that has replayed all of a quiet primary is not", () => {
  const replay = (receives: string, seconds: string, isCaughtUp: string) =>
    judged({ replay: rows({ receives, replay_seconds: seconds, is_caught_up: isCaughtUp }) });
  expect(replay("f", "10", "t").detail).toBe("it is a replica that receives nothing from its primary now");
  expect(replay("t", "9000", "t").health).toBe("healthy");
  expect(replay("t", "9000", "f").detail).toBe("it is 9000 s behind its primary instead of at most 60 s");
});

function judgedMariadb(status: ReturnType<typeof namedValues>, ...told: readonly DatabaseRow[]) {
  const verdict = new ProbeVerdict();
  const empty = namedValues([]);
  judgeMariadb(
    verdict,
    { ...{ variables: empty, status, sizes: none, tables: none, digests: undefined }, replication: rows(...told) },
    limits,
    undefined,
    0,
  );
  return verdict.result(1, "well");
}

test("replication of MariaDB and MySQL is read in the words of either; none and half of it are broken", () => {
  const told = (row: DatabaseRow) => judgedMariadb(namedValues([{ Variable_name: "Uptime", Value: "9" }]), row);
  const mysql = {
    Source_Host: "db1",
    Replica_IO_Running: "Yes",
    Replica_SQL_Running: "Yes",
    Seconds_Behind_Source: "3",
  };
  expect(told(mysql).health).toBe("healthy");
  expect(told(mysql).samples).toEqual([
    { metric: "mariadb_replication_lag_seconds", value: 3, labels: { source: "db1" } },
  ]);
  expect(told({ ...mysql, Replica_SQL_Running: "No" }).detail).toBe("replication from db1 is broken");
  const broken = {
    Connection_name: "main",
    Slave_IO_Running: "Connecting",
    Slave_SQL_Running: "Yes",
    Seconds_Behind_Master: null,
  };
  expect(told(broken).detail).toBe("replication from main is broken");
  expect(told({ ...mysql, Seconds_Behind_Source: "61" }).detail).toBe("it is 61 s behind db1 instead of at most 60 s");
});

test("[G3] a MariaDB that does not answer for its counters is not well", () => {
  const { health, detail } = judgedMariadb(namedValues([]));
  expect([health, detail]).toEqual(["degraded", "its counters are not known: the server does not answer the question"]);
});
