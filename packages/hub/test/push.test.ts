import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestHub } from "./harness.ts";
import type { Answer, Client, TestHub } from "./harness.ts";

let hub: TestHub;
let admin: Client;

beforeEach(async () => {
  hub = await startTestHub();
  admin = hub.sessionOf("admin");
});
afterEach(() => hub[Symbol.asyncDispose]());

const MINUTE_MS = 60_000;

async function joinToken(body: object): Promise<string> {
  return (await admin.post("/api/v1/join-tokens", body)).json.token as string;
}
/** As a script would ask: no cookie, no Origin. */
const bearing = (token: string | undefined, path: string, body: object, client = hub.client()): Promise<Answer> =>
  client.ask("POST", path, {
    body,
    headers: { origin: undefined, "sec-fetch-site": undefined, authorization: token && `Bearer ${token}` },
  });
const register = (token: string | undefined, body: object, client?: Client): Promise<Answer> =>
  bearing(token, "/api/v1/servers/register", body, client);
const beat = (made: { id: string; token: string }, body: object, client?: Client): Promise<Answer> =>
  bearing(made.token, `/api/v1/servers/${made.id}/heartbeat`, body, client);

async function registered(name: string): Promise<{ id: string; token: string; heartbeatUrl: string }> {
  const answer = await register(await joinToken({ name }), { name });
  expect(answer.status, answer.text).toBe(201);
  return answer.json as { id: string; token: string; heartbeatUrl: string };
}
async function history(id: string, metric: string): Promise<(number | null)[]> {
  const to = hub.clock.now() + 1_000;
  const answer = await admin.get(
    `/api/v1/metrics/export?server=${id}&metric=${metric}&from=${to - 3_600_000}&to=${to}&format=json`,
  );
  return (answer.json.rows as { value: number }[]).map(({ value }) => value);
}

describe("a script registers its server", () => {
  test("[PU1] with a named join token it is active at once, and its heartbeats are its readings", async () => {
    const made = await registered("backup-box");
    expect(made.heartbeatUrl).toBe(`${hub.origin}/api/v1/servers/${made.id}/heartbeat`);
    const answer = await beat(made, { metrics: { cpu_percent: 25, queue_length: 7 } });
    expect([answer.status, answer.json]).toEqual([200, { acceptedCount: 2, refused: {} }]);
    const server = (await admin.get(`/api/v1/servers/${made.id}`)).json;
    expect(server).toMatchObject({
      name: "backup-box",
      link: "push",
      state: "active",
      linkState: null,
      presence: { is: "online" },
      summary: { cpuBusyRatio: 0.25 },
    });
    expect(await history(made.id, "custom_queue_length")).toEqual([7]);
    // By the interval that it said; then it is missed.
    await hub.clock.advance(10 * MINUTE_MS);
    expect((await admin.get(`/api/v1/servers/${made.id}`)).json.presence.is).toBe("offline");
  });

  test("[PU1] without a name in the token it waits for approval, as agents do", async () => {
    const answer = await register(await joinToken({ uses: 2 }), { name: "stranger", tags: ["edge"] });
    expect(answer.json).toMatchObject({ name: "stranger", state: "pending" });
    expect((await beat(answer.json, { metrics: { cpu_percent: 1 } })).code).toBe("SERVER_PENDING");
    expect(await history(answer.json.id as string, "cpu_busy_ratio")).toEqual([]);
    await admin.ask("PATCH", `/api/v1/servers/${answer.json.id}`, { body: { state: "active" } });
    expect((await beat(answer.json, { metrics: { cpu_percent: 1 } })).status).toBe(200);
  });

  test("[AG-13] a token alone cannot take an active name", async () => {
    const first = await registered("web");
    const second = await register(await joinToken({ uses: 1 }), { name: "web" });
    expect(second.json).toMatchObject({ state: "pending" });
    expect(second.json.name).not.toBe("web");
    expect(second.json.id).not.toBe(first.id);
  });

  test("[AG-04] wrong, spent, expired and unfit tokens are refused alike, and the log has each", async () => {
    const named = await joinToken({ name: "right" });
    const spent = await joinToken({ name: "spent" });
    expect((await register(spent, { name: "spent" })).status).toBe(201);
    const late = await joinToken({ name: "late", lifetimeMinutes: 1 });
    await hub.clock.advance(2 * MINUTE_MS);
    const api = await hub.tokenOf("admin", ["servers.write"]);
    const wrongSecret = named.replace(/\.[^.]{27}\./, `.${"A".repeat(27)}.`);
    const refused = [
      await register(undefined, { name: "x" }),
      await register("nonsense", { name: "x" }),
      await register(wrongSecret, { name: "right" }),
      await register(named, { name: "wrong" }),
      await register(spent, { name: "spent-2" }),
      await register(late, { name: "late" }),
      await register(api.secret, { name: "x" }),
    ];
    const said = refused.map(({ status, json }) => [status, json.error.code, json.error.message]);
    expect(new Set(said.map(String)).size).toBe(1);
    expect(said[0]!.slice(0, 2)).toEqual([403, "JOIN_REFUSED"]);
    const rows = (await admin.get("/api/v1/audit?action=server.join")).json.items as { decision: string }[];
    expect(rows.filter(({ decision }) => decision === "refused")).toHaveLength(refused.length);
    expect(JSON.stringify(rows)).not.toContain(named.split(".")[2]);
  });

  test("[AG-05] of many parallel uses of a one-use token exactly one has a server", async () => {
    const token = await joinToken({ name: "one" });
    const answers = await Promise.all(Array.from({ length: 50 }, () => register(token, { name: "one" })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await admin.get("/api/v1/servers")).json.items).toHaveLength(1);
  });
});

describe("heartbeats", () => {
  test("[AG-01] one server's token gives nothing at another server, and the body cannot say whose it is", async () => {
    const [one, other] = [await registered("one"), await registered("other")];
    const answer = await beat({ id: other.id, token: one.token }, { metrics: { cpu_percent: 99 } });
    expect([answer.status, answer.code]).toEqual([401, "UNAUTHENTICATED"]);
    const named = await beat(one, { metrics: { cpu_percent: 99 }, serverId: other.id });
    expect([named.status, named.code]).toEqual([400, "BAD_REQUEST"]);
    expect(await history(other.id, "cpu_busy_ratio")).toEqual([]);
  });

  test("[PU2] a late one makes history only, a repeated one nothing, one far off is refused or put to now", async () => {
    const made = await registered("late");
    const now = hub.clock.now();
    expect((await beat(made, { metrics: { load1: 3 }, at: now })).status).toBe(200);
    expect((await beat(made, { metrics: { load1: 3 }, at: now })).status).toBe(200);
    expect((await beat(made, { metrics: { load1: 1 }, at: now - 10 * MINUTE_MS })).status).toBe(200);
    expect(await history(made.id, "load1")).toEqual([1, 3]);
    expect((await admin.get(`/api/v1/servers/${made.id}`)).json.summary.load1).toBe(3);
    await hub.clock.advance(1_000);
    // [AG-19] a clock that is ten years ahead.
    expect((await beat(made, { metrics: { load1: 5 }, at: now + 10 * 366 * 86_400_000 })).status).toBe(200);
    expect(await history(made.id, "load1")).toEqual([1, 3, 5]);
  });

  test("[PU3] wrong values are named, the others stored", async () => {
    const made = await registered("mixed");
    const answer = await beat(made, { metrics: { cpu_percent: "high", load1: 2, "bad name": 1 } });
    expect(answer.json.acceptedCount).toBe(1);
    expect(Object.keys(answer.json.refused as object).toSorted()).toEqual(["bad name", "cpu_percent"]);
    expect(await history(made.id, "load1")).toEqual([2]);
  });

  test("[AG-20] a server sends a bounded number of names and a bounded number of heartbeats", async () => {
    const made = await registered("eager");
    let accepted = 0;
    for (let round = 0; round < 10; round++) {
      const metrics = Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`m_${round}_${index}`, 1]));
      accepted += (await beat(made, { metrics })).json.acceptedCount as number;
      await hub.clock.advance(10_000);
    }
    expect(accepted).toBe(256);
    const client = hub.client();
    const codes = new Set<number>();
    for (let count = 0; count < 150; count++) codes.add((await beat(made, { metrics: {} }, client)).status);
    expect(codes).toEqual(new Set([200, 429]));
    const other = await registered("calm");
    expect((await beat(other, { metrics: { load1: 1 } })).status).toBe(200);
  });

  test("[PU4] a new token ends the old one, a revoked server is refused, a deleted one is unknown", async () => {
    const made = await registered("moving");
    const renewed = await admin.post(`/api/v1/servers/${made.id}/token`);
    expect((await beat(made, { metrics: {} })).code).toBe("UNAUTHENTICATED");
    const now = { id: made.id, token: renewed.json.token as string };
    expect((await beat(now, { metrics: {} })).status).toBe(200);
    await admin.ask("PATCH", `/api/v1/servers/${made.id}`, { body: { state: "revoked" } });
    expect((await beat(now, { metrics: {} })).code).toBe("FORBIDDEN");
    await admin.ask("DELETE", `/api/v1/servers/${made.id}`);
    expect((await beat(now, { metrics: {} })).code).toBe("UNAUTHENTICATED");
  });

  test("[PU4] tokens are in no answer but their own, in no log, and in the database as hashes only", async () => {
    const made = await registered("secret");
    await beat(made, { metrics: { load1: 1 } });
    await admin.get(`/api/v1/servers/${made.id}/link`);
    const secret = made.token.split(".")[1]!;
    expect(hub.answers.filter((text) => text.includes(secret))).toHaveLength(1);
    expect(hub.logs.join("\n")).not.toContain(secret);
    expect(JSON.stringify(hub.state.prepare("SELECT * FROM server_link").all())).not.toContain(secret);
  });
});

test("[PU5] an administrator adds one in the panel and gets its token; a name is taken once", async () => {
  const made = await admin.post("/api/v1/servers", { name: "added", tags: ["eu"], link: { kind: "push" } });
  expect(made.status).toBe(201);
  expect(made.json.server).toMatchObject({ name: "added", link: "push", state: "active", tags: ["eu"] });
  expect((await beat({ id: made.json.server.id, token: made.json.token }, { metrics: { load1: 1 } })).status).toBe(200);
  const again = await admin.post("/api/v1/servers", { name: "added", link: { kind: "push" } });
  expect([again.status, Object.keys(again.json.error.fields as object)]).toEqual([409, ["body.name"]]);
  expect(hub.state.prepare("SELECT count(*) AS count FROM server_link").get()).toEqual({ count: 1 });
});
