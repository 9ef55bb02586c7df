import type { RouteAnswer } from "@muster/protocol";
import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";
import { scriptedHub } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

type Cache = RouteAnswer<"GET /api/v1/probes/{id}">;
type Acted = RouteAnswer<"POST /api/v1/probes/{id}/acts/{act}">;

const idOf = (number: number): string => `01920000-0000-7000-8004-${String(number).padStart(12, "0")}`;
const cacheOf = (number: number, name: string, more: Partial<Cache["probe"]> = {}): Cache => ({
  probe: {
    ...{ id: idOf(number), name, kind: "redis", target: `10.0.0.${number}:6379`, via: null, about: null, tags: [] },
    ...{ state: "active", maintenanceUntil: null, intervalMs: 30_000, timeoutMs: 10_000, rise: 1, fall: 3 },
    ...{ hasSecret: true, settings: { database: 2 }, health: "healthy", since: 1, detail: "Redis 7.0.15, 0.2 ms" },
    ...{ lastAt: 1, nextAt: 2, tookMs: 0.2, certificateUntil: null, beats: [], createdAt: 1, ...more },
  },
  report: {
    facts: [
      { key: "latency", value: 0.2, unit: "milliseconds" },
      { key: "memoryUsed", value: 1_572_864, unit: "bytes" },
      { key: "memoryMax", value: "none" },
      { key: "keys", value: 42, unit: "count" },
      { key: "hitRatio", value: null, unit: "ratio" },
    ],
    tables: [
      {
        key: "keyPatterns",
        columns: [{ key: "pattern" }, { key: "keys", unit: "count" }, { key: "share", unit: "ratio" }],
        rows: [["cache:\u001b[2J*", 30, 0.75]],
        note: "All 40 keys",
      },
    ],
  },
  reportAt: 1_000,
});

const ACTED: Acted = { outcome: "succeeded", detail: "removed 2 of 2 found", report: { facts: [], tables: [] } };

async function muster(
  argv: readonly string[],
  {
    caches = [cacheOf(1, "main")],
    acted = ACTED,
    ...more
  }: { caches?: readonly Cache[]; acted?: Acted } & Parameters<typeof commandLine>[1] = {},
) {
  const bodies: unknown[] = [];
  const handlers: Handlers = {
    "GET /api/v1/probes": ({ query }) => {
      expect(query.kind).toBe("redis");
      return { items: caches.map(({ probe }) => probe) };
    },
    "GET /api/v1/probes/{id}": ({ params }) => caches.find(({ probe }) => probe.id === params.id)!,
    "POST /api/v1/probes/{id}/acts/{act}": ({ params, body }) => {
      bodies.push({ ...params, ...body.arguments });
      return acted;
    },
  };
  await using hub = await scriptedHub(handlers);
  const env = { MUSTER_TOKEN: "msa1.test", MUSTER_URL: hub.url };
  return { ...(await commandLine(argv, { env, ...more })), bodies };
}

test("cache stats shows each Redis in a line", async () => {
  const caches = [cacheOf(1, "main"), cacheOf(2, "sessions", { health: "degraded", detail: "its last save failed" })];
  const { code, output } = await muster(["cache", "stats"], { caches });
  expect(code).toBe(0);
  expect(output).toMatch(/^HEALTH +NAME +TARGET +LATENCY +MEMORY +LIMIT +KEYS +HIT RATE +WHAT\n/);
  expect(output).toMatch(/healthy +main +10\.0\.0\.1:6379 +0\.20 ms +1\.50 MiB +none +42 +– +Redis 7\.0\.15, 0\.2 ms/);
  expect(output).toMatch(/degraded +sessions .*its last save failed/);
  expect((await muster(["cache", "stats"], { caches: [] })).output).toBe("No Redis is probed.\n");
});

test("cache stats of one shows all of it, and nothing of a server's moves the cursor", async () => {
  const { output } = await muster(["cache", "stats", "main"]);
  expect(output).toMatch(/memory used: +1\.50 MiB/);
  expect(output).toMatch(/key patterns – All 40 keys\nPATTERN +KEYS +SHARE\ncache:\\u001b\[2J\* +30 +75 %/);
  const { code, errors } = await muster(["cache", "stats", "other"]);
  expect([code, errors]).toEqual([66, expect.stringContaining("There are: main.")]);
  const { items } = JSON.parse((await muster(["cache", "stats", "main", "--json"])).output) as { items: Cache[] };
  expect(items).toEqual([cacheOf(1, "main")]);
});

test("cache clear asks first, waits and prints what came of it", async () => {
  const argv = ["cache", "clear", "-p", "cache:*"];
  const asked = await muster(argv, { person: "asked", answers: ["yes"] });
  expect(asked.questions).toEqual([
    expect.stringContaining("Remove the keys cache:* from database 2 of main (10.0.0.1:6379)?"),
  ]);
  expect([asked.code, asked.output]).toEqual([0, "succeeded: removed 2 of 2 found\n"]);
  expect(asked.bodies).toEqual([{ id: idOf(1), act: "clear", pattern: "cache:*", everything: false }]);
  const no = await muster(argv, { person: "asked", answers: ["no"] });
  expect([no.code, no.bodies]).toEqual([64, []]);
  const absent = await muster(argv);
  expect([absent.code, absent.bodies, absent.errors]).toEqual([64, [], expect.stringContaining("--yes")]);
  expect((await muster([...argv, "-y", "main"])).code).toBe(0);
});

test("every key is meant only where that is said", async () => {
  const nothing = await muster(["cache", "clear", "-y"]);
  expect([nothing.code, nothing.bodies]).toEqual([64, []]);
  const all = await muster(["cache", "clear", "--everything"], { person: "asked", answers: ["yes"] });
  expect(all.questions).toEqual([expect.stringContaining("Remove EVERY key")]);
  expect(all.bodies).toMatchObject([{ pattern: "*", everything: true }]);
});

test("one of several must be named", async () => {
  const caches = [cacheOf(1, "main"), cacheOf(2, "sessions")];
  const { code, errors, bodies } = await muster(["cache", "clear", "-y", "-p", "a*"], { caches });
  expect([code, errors, bodies]).toEqual([64, expect.stringContaining("Say which: main, sessions."), []]);
});

test.each([
  ["failed", 72],
  ["refused", 77],
  ["unknown", 75],
] as const)("a clearing that is %s ends with %d and its words", async (outcome, expected) => {
  const acted = { ...ACTED, outcome, detail: "why\u001b[2J" };
  const { code, output } = await muster(["cache", "clear", "-y", "-p", "a*"], { acted });
  expect([code, output]).toEqual([expected, `${outcome}: why\\u001b[2J\n`]);
});

test("names of caches are offered while somebody types", async () => {
  expect((await muster(["names", "caches"])).output).toBe("main\n");
});
