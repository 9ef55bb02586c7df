import { hostname } from "node:os";
import type { WireService } from "@muster/protocol";
import { connectAs, settle, waitFor } from "@muster/testkit";
import type { ScriptedAgent } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startTestHub, wireService } from "./harness.ts";
import type { Client, TestHub, TokenClient } from "./harness.ts";
import { liveSocket, upgrade } from "./live-socket.ts";
import type { LiveSocket } from "./live-socket.ts";

let hub: TestHub;
let agent: ScriptedAgent;
beforeEach(async () => {
  hub = await startTestHub({ servers: ["alpha"] });
  const { id, agentId, keys } = hub.servers[0]!;
  agent = await connectAs(hub.running.address, { serverId: id, agentId, keys }, { at: hub.clock.now() });
  tell([{ name: "nginx.service" }]);
  await waitFor(async () => (await hub.sessionOf("admin").get("/api/v1/services")).json.items.length === 1, {
    describe: () => "a service is known",
  });
});
afterEach(async () => {
  await agent[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

const LISTENING = ["services.read", "servers.read", "metrics.read"] as const;
const tell = (services: readonly Partial<WireService>[]): void =>
  agent.send({
    ...{ t: "services", whole: true, removed: [], ledgerId: "ab12", ledgerSeq: 0 },
    services: services.map(wireService),
  });
const headersOf = (client: Client) => {
  const { secret } = client as Partial<TokenClient>;
  return secret === undefined ? { origin: hub.origin, cookie: client.cookie } : { authorization: `bearer ${secret}` };
};
/** Listens before it is open: the hub may speak first. */
async function open(client: Client, path: string): Promise<LiveSocket> {
  const sent = Object.entries(headersOf(client)).filter(([, value]) => value !== undefined);
  const raw = new WebSocket(`ws://127.0.0.1:${hub.port}${path}`, { headers: Object.fromEntries(sent) });
  const live = liveSocket(hub, raw);
  await new Promise<void>((resolve, reject) => {
    raw.once("open", resolve);
    raw.once("error", reject);
  });
  return live;
}
const statusOf = async (path: string, headers: Record<string, string | undefined>): Promise<number> => {
  const refused = await upgrade(hub, path, headers);
  if (refused instanceof WebSocket) throw new Error("it opened");
  return refused.status;
};
const states = (live: LiveSocket): string[] =>
  live.messages
    .filter(({ type }) => type === "status_update")
    .map(({ data }) =>
      (data as { name: string; running: boolean }[]).map(({ name, running }) => `${name} ${running}`).join(),
    );

describe("the status of services (S2)", () => {
  test("[CP16] comes at once, after a change, and every five seconds; once for all that listen", async () => {
    const one = await open(hub.sessionOf("viewer"), "/ws");
    await one.next(({ type }) => type === "status_update", "the first");
    const other = await open(await hub.tokenOf("admin", LISTENING), "/compat/s2/ws");
    await other.next(({ type }) => type === "status_update", "the first of the other");
    expect(states(one)[0]).toBe("nginx.service true");
    await hub.clock.advance(2_000);
    tell([{ name: "nginx.service", state: "failed" }]);
    for (const live of [one, other])
      await live.next((message) => message.type === "status_update" && message.data[0].running === false, "the change");
    const before = states(one).length;
    for (let turn = 0; turn < 10; turn++) {
      await hub.clock.advance(1_000);
      await settle();
    }
    await waitFor(() => states(one).length >= before + 2, { describe: () => "two more in ten seconds" });
    expect(states(one).length - before).toBeLessThanOrEqual(3);
    await one.close();
    await other.close();
  });

  test("a burst of changes is told within a second, in one message", async () => {
    const live = await open(hub.sessionOf("viewer"), "/ws");
    await live.next(({ type }) => type === "status_update", "the first");
    for (let index = 0; index < 50; index++)
      tell([{ name: "nginx.service", restarts: index, state: index % 2 ? "running" : "failed" }]);
    await live.next((message) => message.data?.[0]?.runtime?.restart_count === 49, "the last change");
    expect(states(live).length).toBeLessThanOrEqual(4);
    await live.close();
  });

  test("what the hub's own machine uses goes with it", async () => {
    const facts = {
      ...{ hostName: hostname(), osName: null, osVersion: null, osId: null, kernel: null, architecture: null },
      ...{ cpuModel: null, cpuCount: null, memoryBytes: null, virtualisation: null, container: null, bootId: null },
      ...{ addresses: [], externalAddress: null, nodeVersion: null, sources: {} },
    };
    agent.send({ t: "facts", facts });
    agent.batch(1, hub.clock.now(), [0.5], { define: [{ metric: "cpu_busy_ratio" }] });
    await agent.acknowledged(1);
    const live = await open(hub.sessionOf("viewer"), "/ws");
    const { data } = await live.next(({ type }) => type === "system_stats", "stats");
    expect(data).toMatchObject({ cpu_percent: 50, memory_percent: null });
    await live.close();
  });
});

describe("who may listen", () => {
  test("[CP15] [WS-01] nobody without a credential, no page of another site, no token without the right", async () => {
    const viewer = hub.sessionOf("viewer");
    const { cookie } = viewer;
    const token = await hub.tokenOf("admin", ["services.read", "servers.read"]);
    for (const path of ["/ws", "/compat/s2/ws", "/ws/logs/nginx.service"]) {
      expect([path, await statusOf(path, {})]).toEqual([path, 401]);
      expect([path, await statusOf(path, { origin: hub.origin })]).toEqual([path, 401]);
      expect([path, await statusOf(path, { cookie, origin: "http://evil.example" })]).toEqual([path, 403]);
      expect([path, await statusOf(path, { cookie })]).toEqual([path, 403]);
      expect([
        path,
        await statusOf(path, { cookie, origin: hub.origin, authorization: `Bearer ${token.secret}` }),
      ]).toEqual([path, 400]);
      expect([path, await statusOf(path, { authorization: `Bearer ${token.secret}` })]).toEqual([path, 403]);
      expect([path, await statusOf(path, { authorization: `Bearer ${token.secret}x` })]).toEqual([path, 401]);
      expect([path, await statusOf(path, { cookie, origin: hub.origin, host: "evil.example" })]).toEqual([path, 421]);
    }
    expect(await statusOf("/ws/logs/nginx.service", headersOf(viewer))).toBe(403);
    for (const path of [
      "/ws/",
      "/WS",
      "/ws?x=1",
      "/ws/logs",
      "/ws/logs/",
      "/ws/logs/a/b",
      "/ws/logs/%6e",
      "/ws/logs/..",
    ])
      expect([path, await statusOf(path, headersOf(viewer))]).toEqual([path, 404]);
  });

  test("[AZ-08] [CP15] it ends within a second of the session, the token and the role", async () => {
    const admin = hub.sessionOf("admin");
    const session = await hub.signIn("viewer");
    const bySession = await open(session, "/ws");
    const token = await hub.tokenOf("operator", LISTENING);
    const byToken = await open(token, "/ws");
    const staying = await open(admin, "/ws");
    expect((await session.post("/api/v1/logout")).status).toBe(204);
    expect((await bySession.closed).code).toBe(4401);
    await admin.ask("DELETE", `/api/v1/tokens/${token.id}`);
    expect((await byToken.closed).code).toBe(4401);

    const operator = await open(
      await hub.tokenOf("operator", ["logs.read", "services.read"]),
      "/ws/logs/nginx.service",
    );
    await agent.next("open");
    await admin.ask("PATCH", `/api/v1/users/${hub.userIds["operator"]}`, { body: { role: "viewer" } });
    expect((await operator.closed).code).toBe(4401);
    await agent.next("close");
    expect(staying.raw.readyState).toBe(WebSocket.OPEN);
    await staying.close();
  });

  test("[SE-03] an open socket keeps no session alive, and a token's ends with it", async () => {
    const session = await hub.signIn("viewer");
    const live = await open(session, "/ws");
    const token = await open(await hub.tokenOf("admin", LISTENING, 1), "/ws");
    hub.clock.stepWallTime(25 * 3_600_000);
    await hub.clock.advance(5_000);
    expect((await live.closed).code).toBe(4401);
    expect((await token.closed).code).toBe(4401);
  });

  test("[DS-02] a client that floods is closed, and one user has a bounded number", async () => {
    const flooding = await open(hub.sessionOf("viewer"), "/ws");
    for (let index = 0; index < 1_000; index++) flooding.raw.send("ping");
    expect((await flooding.closed).code).toBe(1008);
    const large = await open(hub.sessionOf("viewer"), "/ws");
    large.raw.send("x".repeat(70_000));
    expect((await large.closed).code).toBe(1009);
    const opened: LiveSocket[] = [];
    for (let index = 0; index < 20; index++) opened.push(await open(hub.sessionOf("viewer"), "/ws"));
    expect(await statusOf("/ws", headersOf(hub.sessionOf("viewer")))).toBe(429);
    expect((await open(hub.sessionOf("operator"), "/ws")).raw.readyState).toBe(WebSocket.OPEN);
    await Promise.all(opened.map((live) => live.close()));
  });
});

describe("a log (S3)", () => {
  const lines = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => {
      const text = `line ${from + index}`;
      return { at: from + index, cursor: text, level: null, text, stream: null };
    });

  test("the last twenty lines, each time all of them, at most every two seconds; the log knows who read", async () => {
    const live = await open(hub.sessionOf("operator"), "/ws/logs/nginx.service");
    const frame = await agent.next("open");
    expect(frame.params).toMatchObject({ driver: "systemd", name: "nginx.service", linesMax: 20, follow: true });
    agent.send({ t: "items", id: frame.id, items: [...lines(0, 25), { caughtUp: true }] });
    const first = await live.next(({ logs }) => typeof logs === "string" && logs.endsWith("line 24"), "the past");
    expect(first.logs.split("\n")).toEqual(Array.from({ length: 20 }, (_, index) => `line ${index + 5}`));
    const before = live.messages.length;
    for (let index = 0; index < 10; index++) {
      agent.send({ t: "items", id: frame.id, items: lines(25 + index, 1) });
      await hub.clock.advance(200);
      await settle();
    }
    await live.next(({ logs }) => logs?.endsWith("line 34"), "what came");
    expect(live.messages.length - before).toBeLessThanOrEqual(3);
    const rows = (await hub.sessionOf("admin").get("/api/v1/audit?action=logs.read")).json.items as object[];
    expect(rows[0]).toMatchObject({ actor: "operator", target: "alpha/nginx.service", decision: "allowed" });
    await live.close();
    expect((await agent.next("close")).id).toBe(frame.id);
  });

  test("what comes just before the end of a log is told, and then the end", async () => {
    const live = await open(hub.sessionOf("operator"), "/ws/logs/nginx.service");
    const { id } = await agent.next("open");
    agent.send({ t: "items", id, items: [...lines(0, 2), { caughtUp: true }] });
    await live.next(({ logs }) => logs?.endsWith("line 1"), "the past");
    agent.send({ t: "items", id, items: lines(2, 1) });
    agent.send({ t: "end", id, error: "" });
    expect((await live.closed).code).toBe(1000);
    expect(live.messages.at(-1)).toEqual({ logs: "line 0\nline 1\nline 2" });
  });

  test("what cannot be read is an error in its words", async () => {
    const missing = await open(hub.sessionOf("operator"), "/compat/s3/ws/logs/none");
    await missing.closed;
    expect(missing.messages).toEqual([{ error: expect.stringContaining("There is no service none") }]);
    const refused = await open(hub.sessionOf("operator"), "/ws/logs/nginx.service");
    const { id } = await agent.next("open");
    agent.send({ t: "end", id, error: "refused: no entry allows logs.read" });
    await refused.closed;
    expect(refused.messages.at(-1)).toEqual({ error: expect.any(String) });
  });
});
