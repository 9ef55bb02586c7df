import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { deadline, parseSettings, PROBE_KINDS } from "@muster/core";
import type { Clock, ProbeResult, ProbeSettingsOf } from "@muster/core";
import { Egress, systemClock } from "@muster/node-kit";
import { FakeClock, freePort, needs, startRedis, waitFor } from "@muster/testkit";
import type { RedisServer } from "@muster/testkit";
import { generate } from "selfsigned";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createRedisProbe } from "../src/probes/redis/redis-probe.ts";
import type { Probe } from "../src/probes/probe-kind.ts";
import { wayOf } from "../src/probes/ways.ts";
import { startTestHub } from "./harness.ts";
import { listen, noProgram, sayEndlessly } from "./probe-fixture.ts";

const describeRedis = await needs("redis");
const PASSWORD = "correct horse battery staple";
const guide = readFileSync(new URL("../../../docs/probes.md", import.meta.url), "utf8");
/** The rights that docs/probes.md shows. */
const READER = (/^ACL SETUSER mon on >PASSWORD (.+)$/m.exec(guide)?.[1] ?? "").split(" ");

interface Looking {
  readonly port: number;
  readonly host?: string;
  readonly secret?: string;
  readonly clock?: Clock;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A probe over a real way, whose clock a test may turn. */
function probeOf({ port, host = "127.0.0.1", secret, clock = systemClock, settings = {} }: Looking): Probe {
  const parsed = parseSettings(PROBE_KINDS.redis.fields, { host, port, latencyMs: 0, ...settings });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return createRedisProbe(parsed.settings as unknown as ProbeSettingsOf<"redis">, {
    ...{ clock, secret },
    way: wayOf(
      {
        egress: new Egress({ clock: systemClock, attemptsPerMinuteMax: 100_000 }),
        over: () => Promise.reject(new Error("no server here")),
        ...{ program: noProgram, ping: noProgram },
      },
      null,
      undefined,
    ),
    heard: () => ({ ended: null, started: null, since: 0 }),
  });
}

async function look(probe: Probe, timeoutMs = 5_000): Promise<ProbeResult> {
  const limit = deadline(systemClock, timeoutMs);
  try {
    return await probe.run(limit.signal);
  } finally {
    limit.done();
  }
}
const clear = (
  probe: Probe,
  given: Readonly<Record<string, string | boolean>>,
  signal = new AbortController().signal,
) => probe.act!("clear", { everything: false, ...given }, signal);
/** A script that makes many keys at once. */
const fill = (count: number): string => `for n = 1, ${count} do redis.call("SET", "cache:" .. n, "x") end`;
const fact = ({ report }: ProbeResult, key: string) => report.facts.find((one) => one.key === key)?.value;
const table = ({ report }: ProbeResult, key: string) => report.tables.find((one) => one.key === key);
const sample = ({ samples }: ProbeResult, metric: string) => samples.find((one) => one.metric === metric)?.value;

/** A clock that is some time ahead of the real one. */
class ShiftedClock implements Clock {
  aheadMs = 0;
  now = () => systemClock.now() + this.aheadMs;
  monotonic = () => systemClock.monotonic() + this.aheadMs;
  after = (delayMs: number, fn: () => void) => systemClock.after(delayMs, fn);
}

describeRedis("a real Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await redis.ask("FLUSHALL");
    await redis.ask("ACL", "SETUSER", "default", "nopass");
  });

  test("it is healthy, and says what it holds by database and by pattern", async () => {
    await redis.feed([
      ...Array.from({ length: 30 }, (_, number) => `SET cache:${number} x`),
      ...Array.from({ length: 10 }, (_, number) => `SET session:${number}:user x EX 1000`),
      "SET secret-token-of-alice x",
      "SELECT 3",
      "SET other x",
    ]);
    const result = await look(probeOf({ port: redis.port }));
    expect(result).toMatchObject({ health: "healthy", detail: expect.stringMatching(/^Redis [\d.]+, [\d.]+ ms$/) });
    expect(result.tookMs).toBeGreaterThan(0);
    expect(fact(result, "keys")).toBe(42);
    expect(fact(result, "memoryMax")).toBe("none");
    expect(sample(result, "redis_memory_max_bytes")).toBeUndefined();
    expect(fact(result, "fragmentation")).toBeNull();
    expect(fact(result, "hitRatio")).toBeNull();
    expect(table(result, "databases")!.rows).toEqual([
      ["0", 41, 10, expect.any(Number)],
      ["3", 1, 0, null],
    ]);
    expect(table(result, "keyPatterns")).toMatchObject({
      rows: [
        ["cache:*", 30, 30 / 41],
        ["session:*", 10, 10 / 41],
        ["*", 1, 1 / 41],
      ],
      note: expect.stringMatching(/^All 41 keys/),
    });
    expect(JSON.stringify(result)).not.toContain("alice");
    expect(result.samples).toContainEqual({ metric: "redis_keys", value: 1, labels: { database: "3" } });
  });

  test("the hit rate is that of the window, and null while nobody asked", async () => {
    const probe = probeOf({ port: redis.port, settings: { hitRatioMin: 0.9 } });
    await redis.ask("SET", "key", "x");
    await look(probe);
    expect(fact(await look(probe), "hitRatio")).toBeNull();
    await redis.feed([...Array(60).fill("GET key"), ...Array(60).fill("GET missing")]);
    const result = await look(probe);
    expect(fact(result, "hitRatio")).toBe(0.5);
    expect(result).toMatchObject({
      health: "degraded",
      detail: "50 % of 120 lookups found their key instead of at least 90 %",
    });
    expect(sample(await look(probe), "redis_hit_ratio")).toBeUndefined();
  });

  test("a restart is another run: its window begins anew", async () => {
    await using own = await startRedis();
    const probe = probeOf({ port: own.port });
    await own.feed(["SET key x", "GET missing"]);
    await look(probe);
    await own.restart();
    // As many as before the restart and more, so that only the run's own id tells it.
    await own.feed(["SET key x", ...Array(5).fill("GET key")]);
    const result = await look(probe);
    expect(result.health).toBe("healthy");
    expect(fact(result, "hitRatio")).toBeNull();
    expect(fact(result, "cpu")).toBeNull();
    await own.ask("GET", "key");
    expect(fact(await look(probe), "hitRatio")).toBe(1);
    await own.ask("CONFIG", "RESETSTAT");
    expect(fact(await look(probe), "hitRatio")).toBeNull();
  });

  test("slow commands are named with their time and without their arguments", async () => {
    await redis.ask("CONFIG", "SET", "slowlog-log-slower-than", "0");
    await redis.ask("SET", "secret-key", "secret-value");
    await redis.ask("CONFIG", "SET", "slowlog-log-slower-than", "-1");
    const result = await look(probeOf({ port: redis.port }));
    const rows = table(result, "slowLog")!.rows;
    const set = rows.find(([command]) => command === "SET")!;
    expect(set).toEqual(["SET", expect.any(Number), expect.any(Number)]);
    expect(Math.abs(Number(set[2]) - Date.now())).toBeLessThan(60_000);
    expect(JSON.stringify(result)).not.toContain("secret-");
  });

  test("a password that is needed, wrong or needless, and rights that lack, are told apart", async () => {
    const { port } = redis;
    expect((await look(probeOf({ port, secret: PASSWORD }))).detail).toContain("asks for no password");
    await redis.ask("ACL", "SETUSER", "default", "resetpass", `>${PASSWORD}`);
    const admin = (...words: readonly string[]) => redis.ask("-a", PASSWORD, ...words);
    try {
      expect(await look(probeOf({ port }))).toMatchObject({
        health: "unknown",
        detail: expect.stringContaining("NOAUTH"),
      });
      expect((await look(probeOf({ port, secret: PASSWORD }))).health).toBe("healthy");
      await admin("ACL", "SETUSER", "narrow", "on", `>${PASSWORD}`, "~*", "-@all", "+ping", "+info");
      const narrow = await look(probeOf({ port, secret: PASSWORD, settings: { user: "narrow" } }));
      expect(narrow.health).toBe("healthy");
      expect(table(narrow, "slowLog")).toMatchObject({
        rows: [],
        note: expect.stringContaining("ACL SETUSER narrow +slowlog|get"),
      });
      expect(table(narrow, "keyPatterns")).toMatchObject({ note: expect.stringContaining("ACL SETUSER narrow +scan") });
      const other = await look(probeOf({ port, secret: PASSWORD, settings: { user: "narrow", database: 2 } }));
      expect(other.detail).toContain("ACL SETUSER narrow +select");
      await admin("ACL", "SETUSER", "narrow", "-info");
      expect(await look(probeOf({ port, secret: PASSWORD, settings: { user: "narrow" } }))).toMatchObject({
        health: "unknown",
        detail: expect.stringContaining("ACL SETUSER narrow +info"),
      });
    } finally {
      await admin("ACL", "SETUSER", "default", "nopass");
      await redis.ask("ACL", "DELUSER", "narrow");
    }
  });

  test("a refused password is not tried again before ten minutes have passed, then twenty", async () => {
    const clock = new ShiftedClock();
    await redis.ask("ACL", "SETUSER", "mon", "on", `>${PASSWORD}`, ...READER);
    const probe = probeOf({ port: redis.port, secret: "wrong", clock, settings: { user: "mon" } });
    const refusals = async (): Promise<number> =>
      Number(
        /count=(\d+)/.exec(/errorstat_WRONGPASS:.*/.exec(await redis.ask("INFO", "errorstats"))?.[0] ?? "")?.[1] ?? 0,
      );
    const before = await refusals();
    const first = await look(probe);
    expect(first).toMatchObject({ health: "unknown", tookMs: null });
    expect(first.detail).toContain("WRONGPASS");
    expect(first.detail).toContain("again in 10 min");
    expect(JSON.stringify(first)).not.toContain('"wrong"');
    for (let round = 0; round < 5; round++) expect((await look(probe)).detail).toContain("WRONGPASS");
    expect((await clear(probe, { pattern: "cache:*" })).outcome).toBe("refused");
    expect(await refusals()).toBe(before + 1);
    clock.aheadMs += 10 * 60_000;
    expect((await look(probe)).detail).toContain("again in 20 min");
    expect(await refusals()).toBe(before + 2);
  });

  test("the rights of docs/probes.md read all and change nothing", async () => {
    await redis.ask("ACL", "SETUSER", "mon", "reset", "on", `>${PASSWORD}`, ...READER);
    await redis.feed(["SET cache:1 x", "SET cache:2 x"]);
    const probe = probeOf({ port: redis.port, secret: PASSWORD, settings: { user: "mon" } });
    const result = await look(probe);
    expect(result.health).toBe("healthy");
    expect(table(result, "slowLog")?.note ?? "").not.toContain("Not collected");
    expect(table(result, "keyPatterns")?.note).toMatch(/^All 2 keys/);
    const asMonitor = (...words: readonly string[]) => redis.ask("--user", "mon", "-a", PASSWORD, ...words);
    for (const words of [
      ["CONFIG", "GET", "*"],
      ["FLUSHDB"],
      ["GET", "cache:1"],
      ["SLOWLOG", "RESET"],
      ["UNLINK", "cache:1"],
    ])
      expect(await asMonitor(...words), words.join(" ")).toContain("NOPERM");
    expect(await clear(probe, { pattern: "cache:*" })).toMatchObject({
      outcome: "refused",
      detail: expect.stringContaining("ACL SETUSER mon +unlink"),
    });
    expect(await redis.ask("DBSIZE")).toBe("2");
    await redis.ask("ACL", "SETUSER", "mon", "+unlink", "resetkeys", "~cache:*");
    expect(await clear(probe, { pattern: "cache:*" })).toMatchObject({ outcome: "succeeded" });
  });

  test("a limit of memory: nearly full, full without eviction, and a cache that is meant to be full", async () => {
    await using own = await startRedis(["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"]);
    const probe = probeOf({ port: own.port });
    await look(probe);
    await own.feed(Array.from({ length: 25 }, (_, number) => `SETRANGE big:${number} 100000 x`));
    expect(await look(probe)).toMatchObject({
      health: "degraded",
      detail: expect.stringMatching(/^\d+ % of its memory/),
    });
    await own.ask("CONFIG", "SET", "maxmemory", "2mb");
    const full = await look(probe);
    expect(full).toMatchObject({ health: "unhealthy", detail: expect.stringContaining("noeviction") });
    expect(fact(full, "memoryMax")).toBe(2 * 1024 * 1024);
    await own.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    await own.feed(Array.from({ length: 60 }, (_, number) => `SETRANGE more:${number} 100000 x`));
    const cache = await look(probe);
    expect(cache.health).toBe("healthy");
    expect(fact(cache, "evictedSinceLastLook")).toBeGreaterThan(0);
    expect(sample(cache, "redis_evicted_keys_total")).toBeGreaterThan(0);
  });

  test("clients against their limit, and those that were turned away", async () => {
    await using own = await startRedis(["--maxclients", "4"]);
    const probe = probeOf({ port: own.port, settings: { clientsRatio: 0.5 } });
    expect((await look(probe)).health).toBe("healthy");
    const sockets: Socket[] = [];
    const open = async (): Promise<void> => {
      const socket = connect(own.port, "127.0.0.1");
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      sockets.push(socket.on("error", () => undefined));
    };
    try {
      for (let count = 0; count < 3; count++) await open();
      await waitFor(async () => (await look(probe)).detail.includes("4 of 4 clients"), {
        describe: "four are connected",
      });
      await open();
      await waitFor(async () => (await look(probe)).detail.includes("maxclients"), { describe: "no more are let in" });
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await waitFor(async () => (await look(probe)).detail.includes("turned away"), { describe: "it tells of them" });
    expect((await look(probe)).health).toBe("healthy");
  });

  test("a save that failed, and writes that it then refuses", async () => {
    await using own = await startRedis(["--save", "3600 1000", "--dbfilename", "taken.rdb"]);
    await own.ask("SET", "key", "x");
    // A directory in the place of the file, because root may write anywhere.
    await mkdir(own.file("taken.rdb"));
    await writeFile(own.file("taken.rdb/in-the-way"), "");
    await own.ask("BGSAVE");
    const probe = probeOf({ port: own.port });
    await waitFor(async () => (await look(probe)).detail.includes("last save"), { describe: "the save has failed" });
    const result = await look(probe);
    expect(result).toMatchObject({ health: "unhealthy", detail: expect.stringContaining("MISCONF") });
    expect(fact(result, "lastSave")).toBe("err");
  });

  test("a replica with its lag, and one whose master is gone", async () => {
    await using master = await startRedis();
    await using replica = await startRedis(["--replicaof", `127.0.0.1 ${master.port}`]);
    const probe = probeOf({ port: replica.port });
    const ofMaster = probeOf({ port: master.port });
    await waitFor(
      async () =>
        fact(await look(probe), "masterLink") === "up" &&
        table(await look(ofMaster), "replicas")?.rows[0]?.[1] === "online",
      { timeoutMs: 20_000, describe: "the replica has its data" },
    );
    const seen = await look(probe);
    expect(fact(seen, "role")).toBe("replica");
    expect(sample(seen, "redis_replication_lag_seconds")).toBeGreaterThanOrEqual(0);
    expect(table(await look(ofMaster), "replicas")!.rows).toEqual([
      [`127.0.0.1:${replica.port}`, "online", expect.any(Number), expect.any(Number)],
    ]);
    expect(await clear(probe, { pattern: "*", everything: true })).toMatchObject({ outcome: "succeeded" });
    await master.ask("SET", "key", "x");
    await waitFor(async () => (await replica.ask("GET", "key")) === "x", { describe: "it is replicated" });
    expect(await clear(probe, { pattern: "key*" })).toMatchObject({
      outcome: "refused",
      detail: expect.stringContaining("READONLY"),
    });
    await master.stop();
    await waitFor(async () => (await look(probe)).health === "degraded", { describe: "its link is down" });
    expect((await look(probe)).detail).toMatch(/link to its master is down/);
    await replica.ask("CONFIG", "SET", "replica-serve-stale-data", "no");
    expect(await look(probe)).toMatchObject({ health: "unhealthy", detail: expect.stringContaining("MASTERDOWN") });
  });

  test("one that loads its data is degraded and says how far it is", async () => {
    await using own = await startRedis();
    await own.ask("EVAL", fill(20_000), "0");
    await own.ask("SAVE");
    await own.restart(["--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024"], "loading");
    const result = await look(probeOf({ port: own.port }));
    expect(result).toMatchObject({ health: "degraded", detail: expect.stringContaining("loading its data") });
    expect(fact(result, "loading")).toBe(true);
    expect(table(result, "keyPatterns")?.note).toContain("LOADING");
  });

  test("one that stands still takes the connection and does not answer; gone, nothing listens", async () => {
    await using own = await startRedis();
    const probe = probeOf({ port: own.port });
    own.signal("SIGSTOP");
    expect(await look(probe, 300)).toMatchObject({
      ...{ health: "unhealthy", tookMs: null },
      detail: "it takes the connection and does not answer in time",
    });
    own.signal("SIGCONT");
    expect((await look(probe)).health).toBe("healthy");
    await own.stop();
    expect(await look(probe)).toMatchObject({ health: "unhealthy", detail: "nothing listens there", tookMs: null });
  });

  test("a slow answer is degraded", async () => {
    const clock = new ShiftedClock();
    let asked = 0;
    const slow: Clock = { now: clock.now, after: clock.after, monotonic: () => clock.monotonic() + asked++ * 250 };
    const result = await look(probeOf({ port: redis.port, clock: slow, settings: { latencyMs: 200 } }));
    expect(result.health).toBe("degraded");
    expect(result.detail).toMatch(/^25\d ms instead of at most 200 ms$/);
  });

  test("over TLS, whose certificate must be trusted before a password is sent", async () => {
    const { cert, private: key } = await generate([{ name: "commonName", value: "redis.test" }], {
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "redis.test" }] }],
    });
    await using files = await startRedis();
    await writeFile(files.file("cert.pem"), cert);
    await writeFile(files.file("key.pem"), key);
    const tlsPort = await freePort();
    const tls = ["--tls-port", String(tlsPort), "--tls-cert-file", files.file("cert.pem"), "--tls-auth-clients", "no"];
    await files.restart([
      ...tls,
      "--tls-key-file",
      files.file("key.pem"),
      "--tls-ca-cert-file",
      files.file("cert.pem"),
    ]);
    const over = (settings: object) =>
      look(probeOf({ port: tlsPort, secret: PASSWORD, settings: { tls: true, ...settings } }));
    await files.ask("ACL", "SETUSER", "default", "resetpass", `>${PASSWORD}`);
    expect((await over({ ca: cert, serverName: "redis.test" })).health).toBe("healthy");
    expect((await over({ serverName: "redis.test" })).detail).toBe("the certificate is of nobody known");
    expect((await over({ ca: cert, serverName: "other.test" })).detail).toBe("the certificate is for another name");
    expect((await look(probeOf({ port: tlsPort, secret: PASSWORD }))).detail).toContain("it may want TLS");
    expect((await look(probeOf({ port: files.port, settings: { tls: true } }), 500)).detail).toContain(
      "perhaps it speaks no TLS",
    );
  });

  test("clearing removes what matches, counts it, and leaves the rest and other databases", async () => {
    await redis.feed([
      ...Array.from({ length: 2_500 }, (_, number) => `SET cache:${number} x`),
      'SET "cache:\\xff\\xfe" binary',
      "SET session:1 x",
      "SELECT 1",
      "SET cache:other x",
    ]);
    const probe = probeOf({ port: redis.port });
    expect(await clear(probe, { pattern: "cache:*" })).toMatchObject({
      outcome: "succeeded",
      detail: "removed 2,501 of 2,501 found",
    });
    expect(await redis.ask("DBSIZE")).toBe("1");
    expect(await redis.ask("-n", "1", "DBSIZE")).toBe("1");
    expect(await clear(probe, { pattern: "cache:*" })).toMatchObject({ outcome: "succeeded", detail: /^no key/ });
    for (const pattern of ["*", "**", "?*", "[^x]*"])
      expect(await clear(probe, { pattern }), pattern).toMatchObject({ outcome: "refused" });
    expect(await redis.ask("DBSIZE")).toBe("1");
    expect(await clear(probe, { pattern: "*", everything: true })).toMatchObject({ detail: "removed 1 of 1 found" });
  });

  test("clearing stops when it is aborted, and says how far it came", async () => {
    await redis.ask("EVAL", fill(300_000), "0");
    const stop = new AbortController();
    const acting = clear(probeOf({ port: redis.port }), { pattern: "cache:*" }, stop.signal);
    await waitFor(async () => Number(await redis.ask("DBSIZE")) < 300_000, { intervalMs: 1, describe: "it has begun" });
    stop.abort(new Error("enough"));
    const acted = await acting;
    expect(acted.outcome).toMatch(/^(?:failed|unknown)$/);
    expect(acted.detail).toMatch(/^stopped: (?:at least )?removed [\d,]+ of [\d,]+ found so far$/);
    expect(Number(await redis.ask("DBSIZE"))).toBeGreaterThan(0);
  });
});

test.each<[name: string, answer: (socket: Socket) => void, detail: RegExp]>([
  ["a list of a milliard", (socket) => socket.write("*1000000000\r\n"), /longer than any of Redis/],
  [
    "lists of 33 million in each other",
    (socket) => socket.write("*33000000\r\n".repeat(20)),
    /longer than any of Redis/,
  ],
  ["lists in lists in lists", (socket) => socket.write("*1\r\n".repeat(100_000)), /longer than any of Redis/],
  ["an endless text", (socket) => sayEndlessly(socket.setNoDelay(), "x"), /longer than any of Redis/],
  [
    "an endless text that has a length",
    (socket) => {
      socket.write("$1000000\r\n");
      sayEndlessly(socket, "x");
    },
    /longer than any of Redis|not speak as Redis does/,
  ],
  [
    "an endless line",
    (socket) => {
      socket.write("+");
      sayEndlessly(socket, "x");
    },
    /longer than any of Redis/,
  ],
  ["a text of a gigabyte", (socket) => socket.write("$1073741824\r\n"), /longer than any of Redis/],
  ["a number that is none", (socket) => socket.write(":NaN\r\n"), /not speak as Redis does/],
  ["HTTP", (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"), /not speak as Redis does/],
  ["more answers than questions", (socket) => socket.write("+PONG\r\n".repeat(50)), /not speak as Redis does/],
  ["an end", (socket) => socket.end(), /ends it without an answer; it may want TLS/],
  ["a foreign error", (socket) => socket.write("-EVIL <script>\u001b[2J\r\n"), /refuses with an error of its own/],
  ["nothing", () => undefined, /does not answer in time/],
])("a server that answers with %s is unhealthy, quickly and in bounded memory", async (_name, answer, detail) => {
  await using server = await listen(answer);
  const before = process.memoryUsage().rss;
  const result = await look(probeOf({ port: server.port }), 1_000);
  expect(result).toMatchObject({ health: "unhealthy", detail: expect.stringMatching(detail) });
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
});

test.each<[name: string, info: string]>([
  ["no INFO", ""],
  ["bad UTF-8", "redis_version:7\xff\xfe\r\nrun_id:\xc0\xaf\r\nused_memory:\xff\r\n"],
  [
    "absurd numbers",
    "redis_version:7\r\nused_memory:-5\r\nmaxmemory:1e999\r\nconnected_clients:99999999999999999999999\r\n",
  ],
  ["many databases", `redis_version:7\r\n${Array.from({ length: 20_000 }, (_, n) => `db${n}:keys=1`).join("\r\n")}`],
  ["one name again and again", `redis_version:7\r\n${"run_id:x\r\n".repeat(80_000)}`],
])("an INFO with %s is a result", async (_name, info) => {
  const bytes = Buffer.from(info, "latin1");
  await using server = await listen((socket) => {
    socket.on("data", (chunk) => {
      if (chunk.includes("PING")) socket.write("+PONG\r\n");
      if (chunk.includes("INFO"))
        socket.write(Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")]));
      if (chunk.includes("SLOWLOG")) socket.write("*3\r\n*-1\r\n:1\r\n*4\r\n:1\r\n$1\r\nx\r\n:-1\r\n*0\r\n");
      if (chunk.includes("SCAN")) socket.write("*2\r\n$1\r\n7\r\n*1\r\n$3\r\na:b\r\n");
    });
  });
  const result = await look(probeOf({ port: server.port }));
  expect(["healthy", "unhealthy"]).toContain(result.health);
  expect(result.samples.every(({ value }) => Number.isFinite(value) && value >= 0)).toBe(true);
  expect(result.samples.length).toBeLessThan(100);
});

test("an act whose login is never answered ends all the same", async () => {
  const clock = new FakeClock();
  let isAsked = false;
  await using server = await listen((socket) => socket.once("data", () => (isAsked = true)));
  const acting = clear(probeOf({ port: server.port, secret: PASSWORD, clock }), { pattern: "cache:*" });
  await waitFor(() => isAsked, { describe: "it logs in" });
  await clock.advance(60_000);
  expect(await acting).toMatchObject({
    outcome: "refused",
    detail: "nothing was removed: it takes the connection and does not answer in time",
  });
});

describeRedis("through the hub", () => {
  test("it is added, looked at and cleared; the act is in the audit log, the password nowhere", async () => {
    await using redis = await startRedis();
    await using hub = await startTestHub({ users: { admin: "admin", operator: "operator" } });
    await redis.ask("ACL", "SETUSER", "mon", "on", `>${PASSWORD}`, ...READER, "+unlink");
    await redis.feed(["SET cache:1 x", "SET cache:2 x", "SET kept x"]);
    const admin = hub.sessionOf("admin");
    const settings = { host: "127.0.0.1", port: redis.port, user: "mon" };
    const added = await admin.post("/api/v1/probes", { name: "cache", kind: "redis", settings, secret: PASSWORD });
    expect(added.status).toBe(201);
    const path = `/api/v1/probes/${added.json.probe.id}`;
    const ran = await admin.post(`${path}/run`);
    expect(ran.json.result).toMatchObject({ health: "healthy" });
    expect(ran.json.result.report.facts).toContainEqual({ key: "keys", value: 3, unit: "count" });
    const bad = await admin.post(`${path}/acts/clear`, { arguments: {} });
    expect([bad.status, bad.json.error.fields]).toEqual([400, { "body.arguments.pattern": "is needed" }]);
    const cleared = await admin.post(`${path}/acts/clear`, { arguments: { pattern: "cache:*" } });
    expect(cleared.json).toMatchObject({ outcome: "succeeded", detail: "removed 2 of 2 found" });
    expect(await redis.ask("KEYS", "*")).toBe("kept");
    const { items } = (await admin.get("/api/v1/audit?limit=20")).json;
    const rows = items.filter(({ action }: { action: string }) => action === "probe.clear");
    expect(rows).toMatchObject([
      { target: "cache", actor: "admin", decision: "succeeded", reason: "removed 2 of 2 found" },
      { target: "cache", actor: "admin", decision: "allowed", args: { arguments: { pattern: "cache:*" } } },
    ]);
    for (const text of [...hub.logs, ...hub.answers]) expect(text).not.toContain(PASSWORD);
  });
});
