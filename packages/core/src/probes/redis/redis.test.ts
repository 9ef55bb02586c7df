import { expect, test } from "vitest";
import { ProbeVerdict } from "../probe-verdict.ts";
import { parseRedisInfo } from "./info.ts";
import { judgeRedis, redisWindow } from "./judge-redis.ts";
import type { RedisReading } from "./judge-redis.ts";
import { meansEveryKey } from "./key-pattern.ts";
import { KeyPrefixes } from "./key-prefixes.ts";
import { redisRefusal } from "./refusal.ts";
import { parseSlowLog } from "./slow-log.ts";

const NO_LIMITS = { latencyMs: 0, memoryRatio: 0, clientsRatio: 0, hitRatioMin: 0 };
const reading = (text: string, atMs = 0): RedisReading => ({ info: parseRedisInfo(text), atMs });

test("what INFO does not say, or says in no number, is null and never 0", () => {
  const { runId, usedBytes, maxBytes, clients, hits, fragmentation, databases, isLoading } = parseRedisInfo(
    "# Server\r\nused_memory:\r\nmaxmemory:0\r\nconnected_clients:-1\r\nkeyspace_hits:1e400\r\nmem_fragmentation_ratio:1.25\r\n" +
      "loading:maybe\r\ndb0:keys=x,expires\r\nno colon\r\n:no name\r\n",
  );
  expect({ runId, usedBytes, clients, hits, isLoading }).toEqual({
    ...{ runId: null, usedBytes: null, clients: null, hits: null, isLoading: null },
  });
  expect([maxBytes, fragmentation]).toEqual([0, 1.25]);
  expect(databases).toEqual([{ database: 0, keys: null, expiring: null, averageLeftMs: null }]);
});

test("Valkey calls itself by its own name", () => {
  expect(parseRedisInfo("redis_version:7.2.4\nserver_name:valkey\nvalkey_version:8.0.1\n").version).toBe(
    "Valkey 8.0.1",
  );
  expect(parseRedisInfo("redis_version:6.3.4\n").version).toBe("Redis 6.3.4");
});

test("a master tells how far its replicas are behind", () => {
  const { replicas } = parseRedisInfo(
    "role:master\nmaster_repl_offset:1000\nslave0:ip=10.0.0.2,port=6379,state=online,offset=900,lag=1\nslave1:garbage\n",
  );
  expect(replicas).toEqual([
    { address: "10.0.0.2:6379", state: "online", lagSeconds: 1, behindBytes: 100 },
    { address: ":", state: "", lagSeconds: null, behindBytes: null },
  ]);
});

test("a window is of one run only, and has no ratio where nothing was looked up", () => {
  const first = reading("run_id:a\nkeyspace_hits:10\nkeyspace_misses:10\nused_cpu_sys:1\nused_cpu_user:1\n", 1_000);
  const later = "keyspace_hits:40\nkeyspace_misses:20\nused_cpu_sys:1.5\nused_cpu_user:2\n";
  expect(redisWindow(first, reading(`run_id:a\n${later}`, 4_000))).toMatchObject({
    ...{ lookups: 40, hitRatio: 0.75, cpuRatio: 0.5, evicted: null },
  });
  const nothing = { lookups: null, hitRatio: null, cpuRatio: null };
  expect(redisWindow(undefined, first)).toMatchObject(nothing);
  expect(redisWindow(first, reading(`run_id:b\n${later}`, 4_000))).toMatchObject(nothing);
  expect(redisWindow(first, reading("run_id:a\nkeyspace_hits:5\nkeyspace_misses:5\n", 4_000))).toMatchObject(nothing);
  expect(redisWindow(first, { ...first, atMs: 2_000 })).toMatchObject({ lookups: 0, hitRatio: null, cpuRatio: 0 });
});

test("fragmentation is told from 64 MiB on", () => {
  const told = (usedBytes: number): unknown => {
    const verdict = new ProbeVerdict();
    const { info } = reading(`used_memory:${usedBytes}\nmem_fragmentation_ratio:9.5\n`);
    judgeRedis(verdict, { info, window: redisWindow(undefined, { info, atMs: 0 }), latencyMs: 1 }, NO_LIMITS);
    return verdict.result(1, "").report.facts.find(({ key }) => key === "fragmentation")?.value;
  };
  expect(told(64 * 1024 * 1024 - 1)).toBeNull();
  expect(told(64 * 1024 * 1024)).toBe(9.5);
});

test.each([
  ["*", true],
  ["***?", true],
  ["[a-z]*", true],
  ["[^\\]]*", true],
  ["[open*", true],
  ["cache:*", false],
  ["*:lock", false],
  ["\\**", false],
  ["[]a]*", false],
])("whether %j means every key: %s", (pattern, every) => expect(meansEveryKey(pattern)).toBe(every));

test("keys are counted by prefix in bounded memory, and a name of its own is not told", () => {
  const prefixes = new KeyPrefixes();
  for (let number = 0; number < 10_000; number++) prefixes.add(`user-${number}:x`);
  for (let number = 0; number < 100; number++) prefixes.add("often:x");
  prefixes.add("no colon");
  // The many are there first and leave no room for others; what is left out is counted all the same.
  expect(prefixes.table(20_202, false, "now")).toMatchObject({
    rows: [["*", 20_202, 1]],
    note: expect.stringContaining("a sample of 10101 of 20202"),
  });
});

test("a sample is reckoned up to all keys", () => {
  const prefixes = new KeyPrefixes();
  for (let number = 0; number < 75; number++) prefixes.add(`cache:${number}`);
  for (let number = 0; number < 25; number++) prefixes.add(`${"x".repeat(500)}:${number}`);
  const { rows } = prefixes.table(1_000, false, "now");
  expect(rows).toEqual([
    ["cache:*", 750, 0.75],
    [`${"x".repeat(60)}:*`, 250, 0.25],
  ]);
});

test("what a slow log holds besides what it should is left out", () => {
  expect(parseSlowLog("x")).toEqual([]);
  expect(
    parseSlowLog([null, [1], [1, 2, 3], [1, "2", 3, []], [1, 2, 3_500, ["get", "secret"]], [1, 2, 3, ["a b"]]]),
  ).toEqual([
    { command: "GET", durationMs: 3.5, at: 2_000 },
    { command: "?", durationMs: 0.003, at: 2_000 },
  ]);
});

test.each([
  ["NOAUTH Authentication required.", "needs-password"],
  ["WRONGPASS invalid username-password pair or user is disabled.", "wrong-password"],
  ["ERR invalid password", "wrong-password"],
  ["ERR Client sent AUTH, but no password is set", "needs-no-password"],
  ["NOPERM this user has no permissions to run the 'info' command", "no-right"],
  ["LOADING Redis is loading the dataset in memory", "loading"],
  ["ERR something new", "other"],
])("%j means %s", (line, refusal) => expect(redisRefusal(line)).toBe(refusal));
