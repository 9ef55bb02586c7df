import { connect } from "node:net";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, needs, startMariadb, waitFor } from "@muster/testkit";
import type { Mariadb } from "@muster/testkit";
import { databaseProbe, PASSWORD, sampleOf, tableOf } from "./database-looks.ts";
import { factOf, listen } from "./probe-fixture.ts";

const describeMariadb = await needs("root", "mariadb");

const USERS = `
CREATE USER muster@'127.0.0.1' IDENTIFIED BY '${PASSWORD.replaceAll("'", "''")}';
GRANT REPLICA MONITOR ON *.* TO muster@'127.0.0.1';
CREATE DATABASE shop;
GRANT SELECT ON shop.* TO muster@'127.0.0.1';
CREATE USER bare@'127.0.0.1' IDENTIFIED BY '${PASSWORD.replaceAll("'", "''")}';
CREATE TABLE shop.orders (id INT PRIMARY KEY, note TEXT);
INSERT INTO shop.orders SELECT seq, REPEAT('x', 200) FROM shop.seq_1_to_5000;
ANALYZE TABLE shop.orders;`;

describeMariadb("a probe of MariaDB", () => {
  let server: Mariadb;
  let certificate = "";

  beforeAll(async () => {
    const made = await generate([{ name: "commonName", value: "127.0.0.1" }], {
      extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
    });
    certificate = made.cert;
    server = await startMariadb({ tls: { certificate: made.cert, key: made.private } });
    await server.sql(USERS);
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose]());

  const probeOf = (given: object = {}, secret?: string) =>
    databaseProbe("mariadb", { port: server.port, database: "shop", ...given }, secret);

  test("tells connections, questions, pool, sizes; what is not collected says how to have it", async () => {
    const { run, clock } = probeOf();
    const first = await run();
    expect([first.health, first.detail]).toEqual(["healthy", expect.stringMatching(/^signed in within \d+ ms$/)]);
    expect(factOf(first, "version")).toMatch(/^1\d\.\d+.*MariaDB/);
    expect(sampleOf(first, "mariadb_connections_max")).toBe(151);
    expect(sampleOf(first, "mariadb_connections")).toBeGreaterThanOrEqual(1);
    expect(sampleOf(first, "mariadb_questions_total")).toBeGreaterThan(0);
    expect(sampleOf(first, "mariadb_deadlocks_total")).toBe(0);
    expect(sampleOf(first, "mariadb_database_size_bytes")).toBeGreaterThan(500_000);
    expect(sampleOf(first, "mariadb_buffer_pool_hit_ratio")).toBeUndefined();
    expect(tableOf(first, "largestTables")?.rows[0]?.[0]).toBe("shop.orders");
    expect(tableOf(first, "statements")).toMatchObject({
      rows: [],
      note: expect.stringContaining("performance_schema is off; set performance_schema = ON"),
    });
    expect(tableOf(first, "replication")).toBeUndefined();
    await clock.advance(30_000);
    await server.sql("SELECT COUNT(*) FROM shop.orders");
    const later = await run();
    expect(sampleOf(later, "mariadb_buffer_pool_hit_ratio")).toBeGreaterThan(0.5);
    expect(factOf(later, "questionsPerSecond")).toBeGreaterThan(0);
    expect((await probeOf({ connectionsRatio: 0.001 }).run()).detail).toMatch(
      /^\d+ of 151 connections are taken \(\d+ %\) instead of at most 0 %$/,
    );
  });

  test("a wrong password, no right to a database, and none of that name are told apart", async () => {
    const { run, clock } = probeOf({}, "wrong");
    expect(await run()).toMatchObject({ health: "unknown", detail: expect.stringMatching(/^access denied/) });
    const tried = await server.sql("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'");
    expect((await run()).detail).toContain("wait 10 minutes");
    expect(await server.sql("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'")).toBe(tried);
    await clock.advance(600_000);
    expect((await run()).detail).not.toContain("wait");
    expect(await probeOf({ user: "bare" }).run()).toMatchObject({
      health: "unknown",
      detail: "the user has no right to this database",
    });
    await server.sql("GRANT SELECT ON nowhere.* TO muster@'127.0.0.1'");
    expect(await probeOf({ database: "nowhere" }).run()).toMatchObject({
      health: "unhealthy",
      detail: "there is no such database",
    });
    expect(await probeOf({ port: await freePort() }).run()).toMatchObject({ detail: "nothing listens there" });
    const bare = await probeOf({ user: "bare", database: "" }).run();
    expect(bare.health).toBe("healthy");
    expect(tableOf(bare, "replication")?.note).toContain("REPLICA MONITOR");
  });

  test("too many connections are told", async () => {
    await server.sql("SET GLOBAL max_connections = 10");
    const sockets = Array.from({ length: 14 }, () => connect(server.port, "127.0.0.1").on("error", () => undefined));
    const result = await waitFor(
      async () => {
        const now = await probeOf().run();
        return now.health === "unhealthy" ? now : undefined;
      },
      { describe: "all are taken" },
    );
    expect(result.detail).toBe("too many connections: all of them are taken");
    for (const socket of sockets) socket.destroy();
    await server.sql("SET GLOBAL max_connections = 151");
    await waitFor(async () => (await probeOf().run()).health === "healthy", { describe: "it is let in again" });
  });

  test("over TLS it speaks only to whom the certificate is for", async () => {
    expect(await probeOf({ tls: true, ca: certificate }).run()).toMatchObject({ health: "healthy" });
    expect(await probeOf({ tls: true }).run()).toMatchObject({
      health: "unhealthy",
      detail: "the certificate is of nobody known",
    });
    const other = await generate([{ name: "commonName", value: "elsewhere" }], {
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "elsewhere" }] }],
    });
    await using elsewhere = await startMariadb({ tls: { certificate: other.cert, key: other.private } });
    const wrong = databaseProbe("mariadb", { port: elsewhere.port, tls: true, ca: other.cert });
    expect((await wrong.run()).detail).toBe("the certificate is for another name");
  });

  test("goes by way of a server, with TLS and without", async () => {
    for (const tls of [false, true]) {
      const given = { port: server.port, database: "shop", tls, ca: certificate };
      expect((await databaseProbe("mariadb", given, undefined, "channel").run()).health).toBe("healthy");
    }
  });

  test("a restart makes counters begin anew; digests are there once the server keeps them", async () => {
    const { run, clock } = probeOf();
    await waitFor(async () => Number(factOf(await run(), "uptime")) >= 2, { describe: "it has been up for a while" });
    await server.restart(["--performance-schema=ON"]);
    await server.sql(
      "GRANT SELECT ON performance_schema.* TO muster@'127.0.0.1'; USE shop; SELECT COUNT(*) FROM orders WHERE note = 'found-me'",
    );
    await clock.advance(30_000);
    const result = await run();
    expect(factOf(result, "countersBeganAnew")).toBe(true);
    expect(factOf(result, "questionsPerSecond")).toBeNull();
    const { rows = [] } = tableOf(result, "statements") ?? {};
    const found = rows.find(([text]) => String(text).includes("`orders` WHERE `note`"));
    // Picoseconds made into milliseconds: a look through 5,000 rows takes neither a microsecond nor a minute.
    expect(found?.[1]).toBe(1);
    expect(found?.[2]).toBeGreaterThan(0.001);
    expect(found?.[2]).toBeLessThan(60_000);
    expect(JSON.stringify(result)).not.toContain("found-me");
  });

  test("replication that stands is broken, and never 0 behind", async () => {
    const nowhere = await freePort();
    await server.sql(
      `CHANGE MASTER 'main' TO MASTER_HOST='127.0.0.1', MASTER_PORT=${nowhere}, MASTER_USER='x', MASTER_PASSWORD='y';
       START SLAVE 'main';`,
    );
    const result = await probeOf().run();
    expect([result.health, result.detail]).toEqual(["unhealthy", "replication from main is broken"]);
    expect(tableOf(result, "replication")?.rows).toEqual([["main", expect.any(String), "Yes", null]]);
    expect(result.samples.some(({ metric }) => metric === "mariadb_replication_lag_seconds")).toBe(false);
    expect((await probeOf({ replicationLagSeconds: 0 }).run()).health).toBe("healthy");
    await server.sql("STOP SLAVE 'main'; RESET SLAVE 'main' ALL");
  });

  test("what takes connections and never answers, cuts them, or sends what it must not, is a result", async () => {
    const hostile = async (bytes: Buffer | "silent" | "cut", timeoutMs = 5_000, given: object = {}) => {
      await using target = await listen((socket) => {
        if (bytes === "cut") socket.destroy();
        else if (bytes !== "silent") socket.write(bytes);
      });
      const { health, detail } = await databaseProbe("mariadb", { port: target.port, ...given }).run(timeoutMs);
      return `${health}: ${detail}`;
    };
    expect(await hostile("silent", 300)).toBe("unhealthy: it takes connections, but does not answer the login in time");
    expect(await hostile("cut")).toBe("unhealthy: the connection was cut by the server");
    const none = "unhealthy: what answers there is no MariaDB or MySQL, or sends more than can be read";
    expect(await hostile(Buffer.from("SSH-2.0-OpenSSH_9.2\r\n"), 300)).toMatch(/^unhealthy: (?:what answers|it takes)/);
    expect(await hostile(Buffer.alloc(20_000_000, 0x41), 5_000)).toBe(none);
    // Packets out of their order, of which mysql2 alone would print each.
    const packet = Buffer.from([1, 0, 0, 9, 0x0a]);
    expect(await hostile(Buffer.concat(Array.from({ length: 100_000 }, () => packet)))).toBe(none);
    expect(await hostile(Buffer.from([3, 0, 0, 0, 0x0a, 0x41, 0x41]))).toBe(none);
    // Host blocked, as servers say it before they say who they are.
    const blocked = Buffer.concat([Buffer.from([12, 0, 0, 0, 0xff, 0x69, 0x04]), Buffer.from("Host is b")]);
    expect(await hostile(blocked)).toMatch(/^unhealthy: the server has blocked this host/);
  });
});
