import { PANEL_FIXTURES, PANEL_SECRETS } from "@muster/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PullTextError } from "../../pull/pull-text.ts";
import { labelsProblem } from "../../samples.ts";
import { boundedResult } from "../probe-result.ts";
import { ProbeVerdict } from "../probe-verdict.ts";
import { PanelMemory, judgePanel } from "./judge-panel.ts";
import {
  marzbanToken,
  parseMarzbanCore,
  parseMarzbanNodes,
  parseMarzbanSystem,
  parseMarzbanUsage,
  parsePasarguardNodes,
  parsePasarguardSystem,
  parseUserPage,
} from "./marzban.ts";
import { parseMarzneshinNodes, parseMarzneshinTraffic, parseMarzneshinUsers } from "./marzneshin.ts";
import { NO_PART, readPart } from "./panel-reading.ts";
import type { PanelNode, PanelReading } from "./panel-reading.ts";
import { parseRemnawaveNodes, parseRemnawaveStats, parseRemnawaveVersion, remnawaveToken } from "./remnawave.ts";

const {
  marzbanSystem,
  marzbanNode,
  marzbanUser,
  pasarguardSystem,
  pasarguardNode,
  marzneshinUsers,
  marzneshinNode,
  remnawaveStats,
  remnawaveNode,
} = PANEL_FIXTURES;
const usage = {
  usages: [
    { node_id: null, node_name: "Master", uplink: 5, downlink: 6 },
    { node_id: 1, uplink: 7 },
  ],
};
const since = Date.parse("2026-01-01T00:00:00Z");

const PARSERS: Readonly<Record<string, { read: (text: string) => unknown; real: unknown }>> = {
  "Marzban's system": { read: parseMarzbanSystem, real: marzbanSystem },
  "Marzban's nodes": { read: parseMarzbanNodes, real: [marzbanNode] },
  "Marzban's usage": { read: parseMarzbanUsage, real: usage },
  "Marzban's core": { read: parseMarzbanCore, real: { version: "1.8.24", started: true } },
  "Marzban's users": { read: (text) => parseUserPage(text, since), real: { users: [marzbanUser], total: 1 } },
  "Marzban's token": { read: marzbanToken, real: { access_token: "abc", token_type: "bearer" } },
  "PasarGuard's system": { read: parsePasarguardSystem, real: pasarguardSystem },
  "PasarGuard's nodes": { read: parsePasarguardNodes, real: { nodes: [pasarguardNode], total: 1 } },
  "Marzneshin's users": { read: parseMarzneshinUsers, real: marzneshinUsers },
  "Marzneshin's nodes": { read: parseMarzneshinNodes, real: { items: [marzneshinNode], total: 1, page: 1, pages: 1 } },
  "Marzneshin's traffic": { read: parseMarzneshinTraffic, real: { step: 3_600, total: 5, usages: [[1, 5]] } },
  "Remnawave's stats": { read: parseRemnawaveStats, real: { response: remnawaveStats } },
  "Remnawave's nodes": { read: parseRemnawaveNodes, real: { response: [remnawaveNode] } },
  "Remnawave's version": { read: parseRemnawaveVersion, real: { response: { version: "3.3.0" } } },
  "Remnawave's token": { read: remnawaveToken, real: { response: { accessToken: "abc" } } },
};

/** Reads, or gives the sentence with which it is refused. */
function told(read: (text: string) => unknown, text: string): unknown {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof PullTextError) || error.message.length > 400) throw error;
    return error.message;
  }
}

describe.each(Object.entries(PARSERS))("the parser of %s", (_, { read, real }) => {
  const text = JSON.stringify(real);
  test("reads what is real, and keeps no secret of it", () => {
    const found = read(text);
    expect(found).toBeDefined();
    const kept = JSON.stringify(found instanceof Map ? [...found] : found);
    for (const secret of PANEL_SECRETS) expect(kept).not.toContain(secret);
  });

  test("says in a sentence what came instead", () => {
    expect(told(read, "")).toBe("the answer is empty");
    expect(told(read, "<html>")).toMatch(/^a web page came/);
    expect(told(read, text.slice(0, -1))).toMatch(/^the answer is no whole JSON/);
    for (const strange of ["[".repeat(500_000), '{"a":'.repeat(500_000), "null", "1", '"x"'])
      expect(told(read, strange)).toBeTypeOf("string");
    expect(String(told(read, `{"subscription_url":"${PANEL_SECRETS[1]}"`))).not.toContain(PANEL_SECRETS[1]);
  });

  test("whatever stands in a field, gives a reading or a sentence", () => {
    const replaced = fc.tuple(fc.nat(60), fc.jsonValue({ maxDepth: 2 })).map(([place, value]) => {
      let count = 0;
      return JSON.stringify(JSON.parse(text, (__, old: unknown) => (count++ === place ? value : old)));
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), replaced), (one) => {
        told(read, one);
      }),
      { numRuns: 300 },
    );
  });
});

test("users by state are read by each panel's own words, and another panel of the family is told", () => {
  const counts = { active: 100, on_hold: 1, disabled: 2, expired: 7, limited: 10 };
  expect(parseMarzbanSystem(JSON.stringify(marzbanSystem)).users).toEqual({ total: 120, byState: counts });
  expect(parsePasarguardSystem(JSON.stringify(pasarguardSystem)).users).toEqual({ total: 120, byState: counts });
  expect(told(parseMarzbanSystem, JSON.stringify(pasarguardSystem))).toMatch(/^this is PasarGuard, not Marzban/);
  expect(told(parsePasarguardSystem, JSON.stringify(marzbanSystem))).toMatch(/^this is Marzban, not PasarGuard/);
  expect(parseMarzneshinUsers(JSON.stringify(marzneshinUsers)).users.byState).not.toHaveProperty("disabled");
  const { users, traffic, online } = parseRemnawaveStats(JSON.stringify({ response: remnawaveStats }));
  expect([users.byState.active, traffic.both, online]).toEqual([100, 10_000_000, 30]);
});

test("what is missing is null, never 0", () => {
  const { version, traffic, host, users } = parseMarzbanSystem('{"users_active":1}');
  expect([version, traffic.upload, host.cpuRatio, users.total]).toEqual([null, null, null, null]);
  expect(users.byState).toEqual({ active: 1 });
  const [node] = parseMarzbanNodes('[{"id":3,"status":"sleeping"},{"name":"without id"},7]');
  expect(node).toMatchObject({ id: "3", name: "3", state: "unknown", address: null, version: null });
  expect(parseMarzneshinTraffic("{}").both).toBeNull();
});

test("users online are counted by the time at which they were seen, in UTC where no zone is named", () => {
  const seen = (online_at: unknown) => ({ ...marzbanUser, online_at });
  const users = [
    seen("2026-01-01T00:00:00"),
    seen("2025-12-31T23:59:59"),
    seen("2026-01-01T02:00:00+03:00"),
    seen(null),
    7,
  ];
  expect(parseUserPage(JSON.stringify({ users, total: 9 }), since)).toEqual({ total: 9, listed: 5, online: 1 });
});

test("a node of Marzneshin on which nothing runs is in error", () => {
  const backends = [{ name: "xray", version: "1", running: false }];
  const page = { items: [{ ...marzneshinNode, backends }], pages: 1 };
  expect(parseMarzneshinNodes(JSON.stringify(page)).nodes[0]).toMatchObject({
    state: "error",
    message: "xray does not run",
  });
});

describe("judging", () => {
  const [real] = parseMarzbanNodes(JSON.stringify([marzbanNode]));
  const node = (name: string, more: Partial<PanelNode> = {}): PanelNode => ({ ...real!, id: name, name, ...more });
  const reading = (nodes: readonly PanelNode[], more: Partial<PanelReading> = {}): PanelReading => ({
    system: parseMarzbanSystem(JSON.stringify(marzbanSystem)),
    nodes: readPart(nodes),
    online: readPart({ count: 12, windowSeconds: 120, at: 1 }),
    core: NO_PART,
    ...more,
  });
  function judged(
    one: PanelReading,
    nodesMustBeConnected: "all" | "any" = "all",
    memory = new PanelMemory(),
    nowMs = 1_000,
  ) {
    const verdict = new ProbeVerdict();
    const seen = judgePanel(verdict, one, { nodesMustBeConnected, connectingSeconds: 60 }, memory, nowMs);
    return verdict.result(5, seen);
  }
  const sampleOf = (result: ReturnType<typeof judged>, metric: string) =>
    result.samples.filter((sample) => sample.metric === metric);

  test("all is well", () => {
    const result = judged(reading([node("a"), node("b", { state: "disabled" })]));
    expect(result).toMatchObject({
      health: "healthy",
      detail: "version 0.8.4, 1 of 1 nodes connected, 12 users online now",
    });
    expect(result.report.facts).toContainEqual({ key: "usersActiveNow", value: 12, unit: "count" });
    expect(sampleOf(result, "vpn_panel_online_users")).toMatchObject([{ value: 12 }]);
  });

  test("a node in error is as bad as the rule says", () => {
    const nodes = [node("a"), node("b", { state: "error", message: "refused" })];
    expect(judged(reading(nodes))).toMatchObject({
      health: "unhealthy",
      detail: "node b (error: refused) instead of connected",
    });
    expect(judged(reading(nodes), "any").health).toBe("degraded");
    expect(judged(reading([nodes[1]!]), "any").health).toBe("unhealthy");
    expect(judged(reading([node("a", { state: "unknown" })])).health).toBe("degraded");
  });

  test("a node may connect for a while", () => {
    const memory = new PanelMemory();
    const nodes = [node("a"), node("b", { state: "connecting" })];
    expect(judged(reading(nodes), "all", memory, 1_000).health).toBe("healthy");
    expect(judged(reading(nodes), "all", memory, 61_000).health).toBe("healthy");
    const late = judged(reading(nodes), "all", memory, 62_000);
    expect(late).toMatchObject({ health: "unhealthy", detail: "node b (connecting for 61 s) instead of connected" });
    judged(reading([node("a"), node("b")]), "all", memory, 63_000);
    expect(judged(reading(nodes), "all", memory, 64_000).health).toBe("healthy");
  });

  test("speeds are of two readings, and none where a total began anew", () => {
    const memory = new PanelMemory();
    const at = (upload: number) => {
      const one = reading([]);
      return { ...one, system: { ...one.system, traffic: { upload, download: null, both: null } } };
    };
    const speed = (result: ReturnType<typeof judged>) =>
      result.report.facts.find(({ key }) => key === "uploadSpeed")?.value;
    expect(speed(judged(at(1_000), "all", memory, 0))).toBeNull();
    expect(speed(judged(at(3_000), "all", memory, 2_000))).toBe(1_000);
    expect(speed(judged(at(10), "all", memory, 4_000))).toBeNull();
    expect(speed(judged(at(20), "all", memory, 5_000))).toBe(10);
  });

  test("what the account may not read is no fault, and said; what does not come is one", () => {
    const why = "the account lacks a right: a sudo admin is needed";
    const denied = judged(reading([], { nodes: { is: "missing", because: "no-right", why } }));
    expect(denied).toMatchObject({ health: "healthy" });
    expect(denied.report.tables.find(({ key }) => key === "nodes")).toMatchObject({
      rows: [],
      note: `Not collected: ${why}.`,
    });
    expect(sampleOf(denied, "vpn_panel_nodes")).toEqual([]);
    const failed = judged(reading([], { nodes: { is: "missing", because: "failed", why: "no answer in time" } }));
    expect(failed).toMatchObject({ health: "degraded", detail: "the nodes could not be read: no answer in time" });
    const core = readPart({ version: "1", isRunning: false });
    expect(judged(reading([], { core }))).toMatchObject({ health: "unhealthy" });
  });

  test("two hundred nodes with strange names stay within what may be stored", () => {
    const nodes = Array.from({ length: 200 }, (_, index) => node(`\u202e${index % 2}`, { id: String(index) }));
    const result = boundedResult(judged(reading(nodes)));
    expect(result.report.tables.find(({ key }) => key === "nodes")?.rows).toHaveLength(50);
    expect(result.samples.length).toBeLessThan(200);
    for (const { labels = {} } of result.samples) expect(labelsProblem(labels)).toBeUndefined();
    const series = result.samples.map(({ metric, labels }) => JSON.stringify([metric, labels]));
    expect(new Set(series).size).toBe(series.length);
  });
});
