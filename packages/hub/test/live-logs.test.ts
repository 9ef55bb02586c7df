import type { LogStreamItem } from "@muster/core";
import { LIVE_LOGS_AHEAD_MAX } from "@muster/protocol";
import type { LogItemView, OpenFrame } from "@muster/protocol";
import { connectAs, settle, waitFor } from "@muster/testkit";
import type { ScriptedAgent } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestHub } from "./harness.ts";
import type { Client, TestHub } from "./harness.ts";
import { openLive } from "./live-socket.ts";
import type { LiveSocket } from "./live-socket.ts";

let hub: TestHub;
let agent: ScriptedAgent;
let operator: Client;
beforeAll(async () => {
  hub = await startTestHub({ servers: ["web"] });
  const { id, agentId, keys } = hub.servers[0]!;
  agent = await connectAs(hub.running.address, { serverId: id, agentId, keys });
  operator = await hub.signIn("operator");
});
afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

const openLogs = (id: number, change: object = {}) => ({
  t: "open-logs",
  id,
  sources: [{ server: hub.servers[0]!.id, file: "/var/log/app.log" }],
  lines: 10,
  follow: true,
  ...change,
});
const lines = (from: number, count: number): LogStreamItem[] =>
  Array.from({ length: count }, (_, index) => {
    const text = `line ${from + index}`;
    return { at: from + index, cursor: text, level: null, text, stream: null };
  });
function items(frame: OpenFrame, sent: readonly LogStreamItem[]): void {
  for (let at = 0; at < sent.length; at += 100)
    agent.send({ t: "items", id: frame.id, items: sent.slice(at, at + 100) });
}
const received = (live: LiveSocket, id: number): LogItemView[] =>
  live.messages.flatMap((message) =>
    message.t === "logs" && message.id === id ? (message.items as LogItemView[]) : [],
  );
const textsOf = (views: readonly LogItemView[]): string[] =>
  views.flatMap((view) => ("text" in view ? [view.text] : []));

/** Answers with credit as a real agent would: sends all of it, as far as it may. */
async function flood(frame: OpenFrame, total: number): Promise<void> {
  let credit = frame.credit;
  let sent = 0;
  let seen = 0;
  while (sent < total) {
    const grants = agent.frames.slice(seen);
    seen = agent.frames.length;
    for (const grant of grants) if (grant.t === "credit" && grant.id === frame.id) credit += grant.items;
    const now = Math.min(credit, total - sent, 100);
    if (now > 0) {
      items(frame, lines(sent, now));
      sent += now;
      credit -= now;
    }
    await hub.clock.advance(20);
    await settle();
  }
}

test("[LG30] a page gets the past and what comes, in its order, and closes the stream when it closes the log", async () => {
  const live = await openLive(hub, operator);
  live.send(openLogs(1, { search: { text: "x", isExpression: false }, level: 4 }));
  const frame = await agent.next("open");
  expect(frame.params).toMatchObject({ driver: "file", name: "/var/log/app.log", linesMax: 10, levelMax: 4 });
  items(frame, [...lines(0, 3), { caughtUp: true }, ...lines(3, 2)]);
  await live.next(() => received(live, 1).length === 5, "five lines");
  expect(textsOf(received(live, 1))).toEqual(["line 0", "line 1", "line 2", "line 3", "line 4"]);
  live.send({ t: "close-logs", id: 1 });
  expect((await agent.next("close")).id).toBe(frame.id);
  // The number is free again at once.
  live.send(openLogs(1));
  await agent.next("open");
  await live.close();
  await agent.next("close");
});

test("[AZ-06] a number belongs to the socket that gave it: another one cannot close or feed it", async () => {
  const [one, other] = [await openLive(hub, operator), await openLive(hub, operator)];
  one.send(openLogs(7));
  const frame = await agent.next("open");
  other.send({ t: "close-logs", id: 7 });
  other.send({ t: "more-logs", id: 7, items: 10 });
  other.send(openLogs(7));
  const second = await agent.next("open");
  items(frame, lines(0, 1));
  items(second, lines(100, 1));
  await one.next(() => received(one, 7).length === 1, "its line");
  await other.next(() => received(other, 7).length === 1, "its own line");
  expect([textsOf(received(one, 7)), textsOf(received(other, 7))]).toEqual([["line 0"], ["line 100"]]);
  await one.close();
  await other.close();
  await waitFor(() => agent.frames.filter(({ t }) => t === "close").length >= 4, { describe: "both are closed" });
});

test("[AZ-07] who loses the right to logs loses the logs that are open", async () => {
  const live = await openLive(hub, operator);
  live.send(openLogs(2));
  const frame = await agent.next("open");
  const admin = await hub.signIn("admin");
  const change = await admin.ask("PATCH", `/api/v1/users/${hub.userIds["operator"]}`, { body: { role: "viewer" } });
  expect(change.status).toBe(200);
  // Whoever's role changes is signed out besides.
  expect((await live.closed).code).toBe(4401);
  expect((await agent.next("close")).id).toBe(frame.id);
  expect(received(live, 2)).toEqual([]);
  const viewer = await openLive(hub, await hub.signIn("viewer"));
  viewer.send(openLogs(3));
  const refused = await viewer.next(({ t, id }) => t === "logs-end" && id === 3, "a refusal");
  expect(refused.error).toBe("Your role does not allow this.");
  await viewer.close();
  await admin.ask("PATCH", `/api/v1/users/${hub.userIds["operator"]}`, { body: { role: "operator" } });
  operator = await hub.signIn("operator");
});

test("[LG31] what a page cannot take is dropped and counted, and every line is either shown or counted", async () => {
  const live = await openLive(hub, operator);
  live.send(openLogs(4, { lines: 0 }));
  const frame = await agent.next("open");
  items(frame, [{ caughtUp: true }]);
  const total = LIVE_LOGS_AHEAD_MAX + 7_000;
  await flood({ ...frame, credit: frame.credit - 1 }, total);
  await live.next(() => textsOf(received(live, 4)).length >= LIVE_LOGS_AHEAD_MAX, "as many as it may be behind");
  expect(textsOf(received(live, 4))).toHaveLength(LIVE_LOGS_AHEAD_MAX);
  live.send({ t: "more-logs", id: 4, items: 5_000 });
  await live.next(() => textsOf(received(live, 4)).at(-1) === `line ${total - 1}`, "the newest line");
  const views = received(live, 4);
  const dropped = views.reduce((sum, view) => sum + ("gap" in view ? (view.gap.dropped ?? 0) : 0), 0);
  expect(dropped).toBeGreaterThan(1_000);
  expect(textsOf(views).length + dropped).toBe(total);
  // The mark stands exactly where lines are missing.
  const gapAt = views.findIndex((view) => "gap" in view);
  expect([textsOf(views.slice(0, gapAt)).length, textsOf(views.slice(gapAt))[0]]).toEqual([
    LIVE_LOGS_AHEAD_MAX,
    `line ${LIVE_LOGS_AHEAD_MAX + dropped}`,
  ]);
  await live.close();
});

test("[LG31] the past waits for the page instead of being dropped", async () => {
  const live = await openLive(hub, operator);
  live.send(openLogs(5, { lines: 10_000, follow: false }));
  const frame = await agent.next("open");
  const total = LIVE_LOGS_AHEAD_MAX + 4_000;
  const flooding = flood(frame, total).then(() => agent.send({ t: "end", id: frame.id, error: "" }));
  for (let shown = 0; shown < total;) {
    const before = shown;
    await live.next(() => textsOf(received(live, 5)).length > before, "more lines");
    shown = textsOf(received(live, 5)).length;
    live.send({ t: "more-logs", id: 5, items: shown - before });
  }
  await flooding;
  await live.next(({ t, id, source }) => t === "logs-end" && id === 5 && source === null, "its end");
  expect(received(live, 5).filter((view) => "gap" in view)).toEqual([]);
  expect(textsOf(received(live, 5))).toHaveLength(total);
  await live.close();
});

test("[LG32] one source that fails ends alone; a ninth opening and an unknown server are refused", async () => {
  const live = await openLive(hub, operator);
  const server = hub.servers[0]!.id;
  live.send(
    openLogs(6, {
      sources: [
        { server, file: "/a" },
        { server, file: "/b" },
      ],
    }),
  );
  const [a, b] = [await agent.next("open"), await agent.next("open")];
  agent.send({ t: "end", id: a.id, error: "policy: not this one" });
  items(b, [{ caughtUp: true }, ...lines(0, 1)]);
  const end = await live.next(({ t, id }) => t === "logs-end" && id === 6, "the end of one");
  expect([end.source, end.error]).toEqual([0, "not this one"]);
  await live.next(() => received(live, 6).length === 1, "the line of the other");
  for (let id = 10; id < 18; id++) live.send(openLogs(id));
  const refused = await live.next(({ t, id }) => t === "logs-end" && id === 17, "a refusal");
  expect(refused.error).toContain("Too many");
  await live.close();
  const again = await openLive(hub, operator);
  again.send(openLogs(1, { sources: [{ server: "00000000-0000-7000-8000-000000000000", file: "/a" }] }));
  expect((await again.next(({ t }) => t === "logs-end", "a refusal")).error).toBe(
    "There is no such thing, or you may not see it.",
  );
  await again.close();
});
