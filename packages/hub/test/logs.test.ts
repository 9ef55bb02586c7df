import type { LogStreamItem } from "@muster/core";
import type { LogItemView, OpenFrame, Service } from "@muster/protocol";
import { connectAs, waitFor } from "@muster/testkit";
import type { ScriptedAgent, ScriptedIdentity } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";
import { wireService } from "./harness.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ metricStore: "memory" });
});
afterAll(() => hub[Symbol.asyncDispose]());

let names = 0;
async function connected(): Promise<{ agent: ScriptedAgent; identity: ScriptedIdentity; service: string }> {
  const name = `logs-${names++}`;
  const identity = await hub.join(name);
  const agent = await connectAs(hub.address, identity);
  const services = [wireService({ name: "app.service" })];
  agent.send({ t: "services", whole: true, services, removed: [], ledgerId: "ab12", ledgerSeq: 0 });
  const known = async (): Promise<readonly Service[]> =>
    (await hub.ask<{ items: Service[] }>("GET", `services?server=${identity.serverId}`)).body.items;
  const [service] = await waitFor(async () => ((await known()).length === 1 ? known() : undefined), {
    describe: () => "its service is known",
  });
  return { agent, identity, service: service!.id };
}

const line = (text: string, at: number | null, cursor = text): LogStreamItem => ({
  at,
  cursor,
  level: 6,
  text,
  stream: null,
});
const items = (agent: ScriptedAgent, { id }: OpenFrame, ...sent: readonly LogStreamItem[]): void =>
  agent.send({ t: "items", id, items: sent });
const rowsOf = (text: string): LogItemView[] =>
  text
    .trim()
    .split("\n")
    .map((row) => JSON.parse(row) as LogItemView);

describe("GET /api/v1/services/{id}/logs", () => {
  test("[LG20] asks the agent for what was asked, and gives its lines as they are", async () => {
    const { agent, service } = await connected();
    const asked = hub.fetch(
      `/api/v1/services/${service}/logs?lines=7&since=5&until=9&after=c1&search=x&expression=true&level=3`,
    );
    const open = await agent.next("open");
    expect(open).toMatchObject({
      name: "logs.read",
      params: {
        driver: "systemd",
        name: "app.service",
        linesMax: 7,
        since: 5,
        until: 9,
        afterCursor: "c1",
        follow: false,
        search: { text: "x", isExpression: true },
        levelMax: 3,
      },
    });
    items(agent, open, line("one", 1), { gap: { dropped: 4, why: "so" } }, line("two", 2));
    agent.send({ t: "end", id: open.id, error: "" });
    const response = await asked;
    expect(response.headers.get("content-type")).toContain("application/x-ndjson");
    expect(rowsOf(await response.text())).toEqual([
      { ...line("one", 1), source: 0 },
      { gap: { dropped: 4, why: "so" }, source: 0 },
      { ...line("two", 2), source: 0 },
    ]);
    agent.close();
  });

  test.each([
    [
      "policy: no entry of logs.read names this target",
      403,
      "ACTION_REFUSED",
      "no entry of logs.read names this target",
    ],
    ["there is no container x here", 502, "LOG_UNREADABLE", "there is no container x here"],
  ])("[LG21] an agent that ends with %j is answered %s", async (error, status, code, message) => {
    const { agent, service } = await connected();
    const asked = hub.ask("GET", `services/${service}/logs`);
    const { id } = await agent.next("open");
    agent.send({ t: "end", id, error });
    const answer = await asked;
    expect(answer).toMatchObject({ status, body: { error: { code, message } } });
    agent.close();
  });

  test("[LG22] who reads what stands in the audit log once, and a refusal of the policy after it", async () => {
    const { agent, service, identity } = await connected();
    const asked = hub.ask("GET", `services/${service}/logs`);
    const { id } = await agent.next("open");
    const rows = (await hub.auditRows("logs.read")).filter(({ args }) => args["serverId"] === identity.serverId);
    expect(rows).toMatchObject([{ actor: "admin", door: "http", decision: "allowed", args: { name: "app.service" } }]);
    agent.send({ t: "end", id, error: "policy: no" });
    await asked;
    const after = (await hub.auditRows("logs.read")).filter(({ args }) => args["serverId"] === identity.serverId);
    expect(after.map(({ decision, reason }) => [decision, reason])).toEqual([
      ["refused", "no"],
      ["allowed", ""],
    ]);
    agent.close();
  });

  test("[LG21] an unknown service is 404, a server that is away 503, a bad expression 400", async () => {
    const { agent, service } = await connected();
    expect((await hub.ask("GET", "services/nothing/logs")).status).toBe(404);
    expect((await hub.ask("GET", `services/${service}/logs?search=(&expression=true`)).status).toBe(400);
    agent.close();
    await waitFor(async () => (await hub.ask("GET", `services/${service}/logs`)).status === 503, {
      describe: "the server is away",
    });
  });

  test("[LG23] text is a download without any escape in it; json is one object", async () => {
    const { agent, service } = await connected();
    const answerTo = async (path: string): Promise<Response> => {
      const asked = hub.fetch(path);
      const open = await agent.next("open");
      items(agent, open, line("\u001b[31mred\u001b[0m", Date.UTC(2026, 0, 2)), line("plain", null));
      agent.send({ t: "end", id: open.id, error: "" });
      return asked;
    };
    const text = await answerTo(`/api/v1/services/${service}/logs?format=text`);
    expect([text.headers.get("content-type"), text.headers.get("x-content-type-options")]).toEqual([
      "text/plain; charset=utf-8",
      "nosniff",
    ]);
    expect(text.headers.get("content-disposition")).toMatch(/^attachment; filename="muster_log_[A-Za-z0-9_.-]+\.txt"$/);
    expect(await text.text()).toBe("2026-01-02T00:00:00.000Z red\nplain\n");
    const json = await answerTo(`/api/v1/services/${service}/logs?format=json`);
    expect(((await json.json()) as { items: unknown[] }).items).toHaveLength(2);
    agent.close();
  });

  test("[LG24] a reader that goes away closes the stream; one that follows gets lines as they come", async () => {
    const { agent, service } = await connected();
    const stop = new AbortController();
    const { cookie } = hub.session;
    const asked = fetch(`${hub.address}/api/v1/services/${service}/logs?follow=true`, {
      headers: { cookie },
      signal: stop.signal,
    });
    const open = await agent.next("open");
    items(agent, open, line("past", 1), { caughtUp: true });
    const reader = (await asked).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toContain("past");
    items(agent, open, line("new", 2));
    expect(new TextDecoder().decode((await reader.read()).value)).toContain("new");
    stop.abort();
    expect((await agent.next("close")).id).toBe(open.id);
    agent.close();
  });

  test("[LG24] following a log that says nothing is answered as soon as its past is out", async () => {
    const { agent, service } = await connected();
    for (const format of ["ndjson", "text", "json"]) {
      const asked = hub.fetch(`/api/v1/services/${service}/logs?follow=true&format=${format}`);
      const open = await agent.next("open");
      items(agent, open, { caughtUp: true });
      const response = await asked;
      expect(response.status).toBe(200);
      items(agent, open, line("first", 1));
      agent.send({ t: "end", id: open.id, error: "" });
      expect(await response.text()).toContain("first");
    }
    agent.close();
  });

  test("[LG24] the connection of the server ends it with an error and never as if it were whole", async () => {
    const { agent, service } = await connected();
    const asked = hub.fetch(`/api/v1/services/${service}/logs?follow=true`);
    const open = await agent.next("open");
    items(agent, open, line("one", 1));
    const response = await asked;
    agent.terminate();
    const text = await response.text();
    expect(rowsOf(text).at(-1)).toEqual({ gap: { dropped: null, why: "The server is not connected now." }, source: 0 });
  });
});

describe("GET /api/v1/logs", () => {
  test("[LG25] several logs are merged by time, each in its own order, and one that fails stands as a gap", async () => {
    const [a, b, c] = [await connected(), await connected(), await connected()];
    const asked = hub.fetch(
      `/api/v1/logs?service=${a.service},${b.service}&file=${c.identity.serverId}:/var/log/x&after=,cb`,
    );
    const [openA, openB, openC] = [await a.agent.next("open"), await b.agent.next("open"), await c.agent.next("open")];
    expect([openA.params, openB.params, openC.params]).toMatchObject([
      { name: "app.service" },
      { afterCursor: "cb" },
      { driver: "file", name: "/var/log/x" },
    ]);
    items(a.agent, openA, line("a1", 10), line("a2", 30), line("a3 without time", null), line("a4", 50));
    items(b.agent, openB, line("b1", 20), line("b2", 15), line("b3", 40));
    c.agent.send({ t: "end", id: openC.id, error: "it is not there" });
    a.agent.send({ t: "end", id: openA.id, error: "" });
    b.agent.send({ t: "end", id: openB.id, error: "" });
    const rows = rowsOf(await (await asked).text());
    expect(
      rows.filter((row) => "text" in row).map((row) => ("text" in row ? `${row.source} ${row.text}` : "")),
    ).toEqual(["0 a1", "1 b1", "1 b2", "0 a2", "0 a3 without time", "1 b3", "0 a4"]);
    expect(rows.find((row) => "gap" in row)).toEqual({ gap: { dropped: null, why: "it is not there" }, source: 2 });
    for (const { agent } of [a, b, c]) agent.close();
  });

  test.each(["", "?file=nocolon", "?service=x&after=1,2", `?service=${Array.from({ length: 17 }, () => "x").join()}`])(
    "[LG25] %j is refused",
    async (query) => {
      expect((await hub.ask("GET", `logs${query}`)).status).toBe(400);
    },
  );
});

describe("[PR70] streams", () => {
  test("credit is renewed as lines are taken, and an agent that sends more than it has is cut off", async () => {
    const { agent, service } = await connected();
    const asked = hub.fetch(`/api/v1/services/${service}/logs`);
    const open = await agent.next("open");
    expect(open.credit).toBeGreaterThan(100);
    for (let sent = 0; sent < open.credit; sent += 100)
      items(agent, open, ...Array.from({ length: 100 }, (_, index) => line(`l${sent + index}`, sent + index)));
    const { body } = await asked;
    const credit = await agent.next("credit");
    expect([credit.id, credit.items > 0]).toEqual([open.id, true]);
    void body?.cancel();
    const greedy = await connected();
    // Its answer is not read, so that nothing is taken for long.
    const second = hub.fetch(`/api/v1/services/${greedy.service}/logs?follow=true`);
    const greedyOpen = await greedy.agent.next("open");
    const long = Array.from({ length: 500 }, () => line("x".repeat(1_500), 1, "c"));
    for (let sent = 0; sent < 60 && !greedy.agent.closed; sent++) items(greedy.agent, greedyOpen, ...long);
    expect((await greedy.agent.end(15_000)).reason).toContain("credit");
    await (await second).body?.cancel().catch(() => undefined);
    agent.close();
  });

  test("an item of a wrong form ends the connection; items of a stream that is not open are dropped", async () => {
    const { agent, service } = await connected();
    agent.send({ t: "items", id: 99, items: [{ any: "thing" }] });
    agent.send({ t: "end", id: 99, error: "" });
    const asked = hub.ask("GET", `services/${service}/logs`);
    const open = await agent.next("open");
    agent.send({ t: "items", id: open.id, items: [{ text: 1 }] });
    expect((await agent.end()).code).toBe(4400);
    expect((await asked).status).toBe(503);
  });
});
