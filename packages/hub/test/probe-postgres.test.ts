import { Client } from "pg";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, needs, startPostgres, waitFor } from "@muster/testkit";
import type { Postgres } from "@muster/testkit";
import { databaseProbe, PASSWORD, sampleOf, tableOf } from "./database-looks.ts";
import { factOf, listen } from "./probe-fixture.ts";

const describePostgres = await needs("root", "postgres");

const ROLES = `
CREATE ROLE muster LOGIN PASSWORD '${PASSWORD.replaceAll("'", "''")}' IN ROLE pg_monitor;
CREATE ROLE bare LOGIN PASSWORD '${PASSWORD.replaceAll("'", "''")}';
CREATE ROLE barred LOGIN;
CREATE DATABASE shop;`;

describePostgres("a probe of PostgreSQL", () => {
  let server: Postgres;
  let certificate = "";
  const clients: Client[] = [];

  beforeAll(async () => {
    const made = await generate([{ name: "commonName", value: "127.0.0.1" }], {
      extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
    });
    certificate = made.cert;
    server = await startPostgres({
      settings: { shared_preload_libraries: "pg_stat_statements", max_connections: "30", autovacuum: "off" },
      hba: ["host all barred 127.0.0.1/32 reject", "host all all 127.0.0.1/32 scram-sha-256"],
      tls: { certificate: made.cert, key: made.private },
    });
    await server.sql(ROLES);
    await server.sql(
      `CREATE TABLE orders (id int PRIMARY KEY, note text);
       INSERT INTO orders SELECT n, repeat('x', 200) FROM generate_series(1, 20000) n;
       UPDATE orders SET note = 'y'; ANALYZE orders; SELECT count(*) FROM orders;`,
      "shop",
    );
  }, 60_000);
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await server[Symbol.asyncDispose]();
  });

  const probeOf = (given: object = {}, secret?: string) =>
    databaseProbe("postgres", { port: server.port, database: "shop", ...given }, secret);
  /** A session of somebody else. */
  const session = async (): Promise<Client> => {
    const client = new Client({ host: server.directory, port: server.port, user: "postgres", database: "shop" });
    // It is cut when the server is restarted.
    client.on("error", () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };

  test("tells size, connections, transactions, cache and tables to a role that has pg_monitor only", async () => {
    const { run, clock } = probeOf();
    await session();
    const first = await run();
    expect([first.health, first.detail]).toEqual(["healthy", expect.stringMatching(/^signed in within \d+ ms$/)]);
    expect(factOf(first, "role")).toBe("primary");
    expect(factOf(first, "version")).toMatch(/^1\d\.\d+/);
    expect(sampleOf(first, "postgres_database_size_bytes")).toBeGreaterThan(5e6);
    expect(sampleOf(first, "postgres_connections", { state: "idle" })).toBeGreaterThanOrEqual(1);
    expect(sampleOf(first, "postgres_connections_max")).toBe(27);
    // [G5] One reading makes no rate.
    expect(sampleOf(first, "postgres_cache_hit_ratio")).toBeUndefined();
    expect(factOf(first, "commitsPerSecond")).toBeNull();
    expect(tableOf(first, "largestTables")?.rows[0]).toEqual([
      "public.orders",
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
      null,
    ]);
    expect(tableOf(first, "largestTables")?.note).toContain("Many dead rows: public.orders");
    await clock.advance(30_000);
    await waitFor(
      async () => {
        const later = await run();
        await clock.advance(30_000);
        return (
          sampleOf(later, "postgres_cache_hit_ratio") !== undefined && Number(factOf(later, "commitsPerSecond")) > 0
        );
      },
      { describe: "there are rates" },
    );
    expect(await server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'muster'")).toBe("0");
  });

  test("what statistics were reset makes no rate, and is told", async () => {
    const { run, clock } = probeOf();
    await run();
    await clock.advance(30_000);
    await server.sql("SELECT pg_stat_reset()", "shop");
    const after = await run();
    expect(factOf(after, "countersBeganAnew")).toBe(true);
    expect([factOf(after, "commitsPerSecond"), factOf(after, "cacheHit")]).toEqual([null, null]);
    expect(factOf(after, "countersSince")).toBeGreaterThan(1.7e12);
  });

  test("statements are told without what stood in quotes, or how to have them", async () => {
    const { run } = probeOf();
    expect(tableOf(await run(), "statements")).toMatchObject({
      rows: [],
      note: expect.stringContaining("CREATE EXTENSION pg_stat_statements"),
    });
    await server.sql(
      `CREATE SCHEMA "odd ""name"; CREATE EXTENSION pg_stat_statements SCHEMA "odd ""name"; GRANT USAGE ON SCHEMA "odd ""name" TO muster;
       ALTER ROLE bare PASSWORD 'leaked-secret'; ALTER ROLE bare PASSWORD '${PASSWORD.replaceAll("'", "''")}';
       SELECT count(*), pg_sleep(0.5) FROM orders WHERE note = 'found-me';`,
      "shop",
    );
    const result = await run();
    expect(JSON.stringify(result)).not.toMatch(/leaked-secret|found-me/);
    const { rows = [], note } = tableOf(result, "statements") ?? {};
    expect(note).toBeUndefined();
    expect(
      rows.find(([text]) => String(text).startsWith("SELECT count(*), pg_sleep($1) FROM orders WHERE note =")),
    ).toEqual([expect.any(String), 1, expect.any(Number), expect.any(Number)]);
  });

  test("sessions that hold transactions open and connections that run out are told with what was expected", async () => {
    const client = await session();
    await client.query("BEGIN");
    const { run } = probeOf({ idleInTransactionSeconds: 1, longTransactionSeconds: 1, connectionsRatio: 0.01 });
    const result = await waitFor(
      async () => {
        const now = await run();
        return now.detail.includes("idle in a transaction") && now.detail.includes("a transaction has been open")
          ? now
          : undefined;
      },
      { describe: "it is seen" },
    );
    expect(result.health).toBe("degraded");
    expect(result.detail).toMatch(/\d+ of 27 connections are taken \(\d+ %\) instead of at most 1 %/);
    expect(result.detail).toMatch(/idle in a transaction for [\d.]+ s instead of at most 1 s/);
    expect(
      (await probeOf({ idleInTransactionSeconds: 0, longTransactionSeconds: 0, connectionsRatio: 0 }).run()).health,
    ).toBe("healthy");
    await client.query("ROLLBACK");
  });

  test("what is locked is waited for shortly, and takes nothing else along", async () => {
    const client = await session();
    await client.query("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    const result = await probeOf().run();
    expect(result.health).toBe("healthy");
    expect(tableOf(result, "largestTables")).toMatchObject({
      rows: [],
      note: "Not collected: the question took longer than it may.",
    });
    await client.query("ROLLBACK");
  });

  test("a role without pg_monitor hears what it lacks, and nothing is guessed", async () => {
    const result = await probeOf({ user: "bare" }).run();
    expect([result.health, result.detail]).toEqual([
      "degraded",
      "the user may not see what others do; grant it pg_monitor",
    ]);
    expect(sampleOf(result, "postgres_longest_transaction_seconds")).toBeUndefined();
    expect(sampleOf(result, "postgres_connections", { state: "any" })).toBeGreaterThan(0);
    const quiet = { idleInTransactionSeconds: 0, longTransactionSeconds: 0 };
    expect((await probeOf({ user: "bare", ...quiet }).run()).health).toBe("healthy");
  });

  test("a wrong password is told, and is tried again only after a growing pause", async () => {
    const { run, clock } = probeOf({}, "wrong");
    const wrong = "the user name or the password is wrong";
    expect(await run()).toMatchObject({ health: "unknown", detail: wrong, tookMs: null });
    const held = await run();
    expect(held.detail).toContain(`${wrong}; change its settings or its secret, or wait 10 minutes`);
    await clock.advance(600_000);
    expect((await run()).detail).toBe(wrong);
    expect((await run()).detail).toContain("wait 20 minutes");
  });

  test("who is not let in, what is not there, and what is full are told apart", async () => {
    const detail = async (given: object) => {
      const { health, detail: said } = await probeOf(given).run();
      return [health, said];
    };
    expect(await detail({ database: "none" })).toEqual(["unhealthy", "there is no such database"]);
    expect(await detail({ user: "barred" })).toEqual(["unknown", expect.stringContaining("pg_hba.conf has no line")]);
    await server.sql("ALTER ROLE muster CONNECTION LIMIT 0");
    expect(await detail({})).toEqual(["unhealthy", "too many connections: all of them are taken"]);
    await server.sql("ALTER ROLE muster CONNECTION LIMIT -1");
    expect(await detail({ port: await freePort() })).toEqual(["unhealthy", "nothing listens there"]);
  });

  test("over TLS it speaks only to whom the certificate is for", async () => {
    const good = await probeOf({ tls: true, ca: certificate }).run();
    expect(good.health).toBe("healthy");
    expect(await probeOf({ tls: true }).run()).toMatchObject({
      health: "unhealthy",
      detail: "the certificate is of nobody known",
    });
    await using plain = await startPostgres();
    const unwilling = databaseProbe("postgres", { port: plain.port, tls: true });
    expect((await unwilling.run()).detail).toBe("the server offers no encryption");
  });

  test("goes by way of a server, with TLS and without", async () => {
    for (const tls of [false, true]) {
      const given = { port: server.port, database: "shop", tls, ca: certificate };
      expect((await databaseProbe("postgres", given, undefined, "channel").run()).health).toBe("healthy");
    }
  });

  test("replication is looked at from both sides, and a server that lets nobody in yet is no dead one", async () => {
    await server.sql("SELECT pg_switch_wal()");
    await using replica = await startPostgres({ replicaOf: server, settings: { max_connections: "30" } });
    const primary = probeOf({ replicationLagSeconds: 60 });
    await waitFor(async () => tableOf(await primary.run(), "replicas")?.rows[0]?.[2] === "streaming", {
      describe: "the replica is seen",
    });
    const { run } = databaseProbe("postgres", { port: replica.port, database: "shop" });
    const result = await waitFor(
      async () => {
        const now = await run();
        return factOf(now, "receives") === true ? now : undefined;
      },
      { describe: "it receives" },
    );
    expect(result.health).toBe("healthy");
    expect([factOf(result, "role"), sampleOf(result, "postgres_replication_lag_seconds", { replica: "self" })]).toEqual(
      ["replica", expect.any(Number)],
    );
    await replica.sql("SELECT pg_wal_replay_pause()");
    await replica.restart({ hot_standby: "off" });
    expect(await run()).toMatchObject({
      health: "degraded",
      detail: "it takes no logins now: it is starting, stopping or recovering",
    });
  });

  test("after a restart counters go on, and a probe that knew the server before is not confused", async () => {
    const { run, clock } = probeOf();
    await run();
    await server.restart();
    clients.length = 0;
    await clock.advance(30_000);
    expect(factOf(await run(), "countersBeganAnew")).toBe(true);
  });

  test("what takes connections and never answers, cuts them, or sends what it must not, is a result", async () => {
    const hostile = async (bytes: Buffer | "silent" | "cut", given: object = {}, timeoutMs = 5_000) => {
      await using target = await listen((socket) => {
        if (bytes === "cut") socket.once("data", () => socket.destroy());
        else if (bytes !== "silent") socket.once("data", () => socket.write(bytes));
      });
      const { health, detail } = await databaseProbe("postgres", { port: target.port, ...given }).run(timeoutMs);
      return `${health}: ${detail}`;
    };
    const silent = "unhealthy: it takes connections, but does not answer the login in time";
    expect(await hostile("silent", {}, 300)).toBe(silent);
    expect(await hostile("silent", { tls: true }, 300)).toBe(silent);
    expect(await hostile("cut")).toBe("unhealthy: the connection was cut by the server");
    const none = "unhealthy: what answers there is no PostgreSQL, or sends more than can be read";
    expect(await hostile(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"))).toBe(none);
    expect(await hostile(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), { tls: true })).toBe(none);
    // An error without an end, at which pg alone would turn for ever.
    expect(await hostile(Buffer.from([0x45, 0, 0, 0, 4]))).toBe(none);
    expect(await hostile(Buffer.from([0x45, 0, 0, 0, 7, 0x53, 0x41, 0x42]))).toBe(none);
    // A message of a gigabyte, one with no sense, one with more columns than it has.
    expect(await hostile(Buffer.from([0x52, 0x40, 0, 0, 0]))).toBe(none);
    expect(await hostile(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 99]))).toBe(none);
    expect(await hostile(Buffer.from([0x54, 0, 0, 0, 6, 0x7f, 0xff]))).toBe(none);
    // Endless: whole notices, one after the other.
    const notice = Buffer.from([0x4e, 0, 0, 0, 10, 0x4d, 0xff, 0xfe, 0x21, 0, 0]);
    expect(await hostile(Buffer.concat(Array.from({ length: 900_000 }, () => notice)))).toBe(none);
  });
});
