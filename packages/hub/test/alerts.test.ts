import { DAY_MS, HOUR_MS, MINUTE_MS, REOPEN_MS } from "@muster/core";
import { describe, expect, test } from "vitest";
import { alertWorld, listener, worldOf } from "./alert-world.ts";
import type { Listener } from "./alert-world.ts";
import { startTestHub } from "./harness.ts";
import { openLive } from "./live-socket.ts";

const LINES = { severity: "error", threshold: 3 };
const CPU = {
  condition: {
    is: "metric",
    metric: "cpu_busy_ratio",
    levels: [
      { severity: "warning", threshold: 0.8 },
      { severity: "critical", threshold: 0.95 },
    ],
    clearAt: 0.7,
  },
  forMs: 30_000,
  clearForMs: 60_000,
};
const OFFLINE = { condition: { is: "offline", severity: "critical" }, forMs: 0, clearForMs: 30_000 };

const kinds = ({ heard }: Listener): readonly string[] => heard.map(({ kind, severity }) => `${kind} ${severity}`);

describe("a metric beyond its threshold", () => {
  test("[AL4] [AL6] [AL7] is told once after its time, gets worse in place, and ends when it was well for its time", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    await world.server("web");
    await world.notifier(told);
    await world.onlyRule(CPU);
    world.says("web", { cpu_percent: 90 });
    await world.pass(25);
    expect(told.heard).toEqual([]);
    await world.until(() => told.heard.length === 1, "it is told");
    expect(told.heard[0]).toMatchObject({
      ...{ kind: "opened", severity: "warning", state: "open" },
      title: "web: CPU 90 % (above 80 %)",
    });
    world.says("web", { cpu_percent: 99 });
    await world.until(() => told.heard.length === 2, "it is told that it is worse");
    // Between the threshold and what is well again nothing ends.
    world.says("web", { cpu_percent: 75 });
    await world.pass(120);
    expect(kinds(told)).toEqual(["opened warning", "escalated critical"]);
    world.says("web", { cpu_percent: 20 });
    await world.until(() => told.heard.length === 3, "it is told that it ended");
    expect(kinds(told)).toEqual(["opened warning", "escalated critical", "resolved critical"]);
    const [incident] = await world.incidents();
    expect(incident).toMatchObject({ state: "resolved", reopened: 0, memberCount: 1, wrongCount: 0 });
    const detail = (await world.admin.get(`/api/v1/incidents/${incident!.id}`)).json;
    expect(detail.timeline.map(({ kind }: { kind: string }) => kind)).toEqual(["opened", "escalated", "resolved"]);
    expect(detail.deliveries).toHaveLength(3);
    expect(detail.evidence.series[0]).toMatchObject({ title: "CPU", metric: "cpu_busy_ratio" });
    expect(new Set(told.heard.map(({ key }) => key)).size).toBe(3);
  });

  test("[AL4] a spike shorter than its time is nothing", async () => {
    await using world = await alertWorld();
    await world.server("web");
    await world.onlyRule(CPU);
    for (let spike = 0; spike < 5; spike++) {
      world.says("web", { cpu_percent: 99 });
      await world.pass(20);
      world.says("web", { cpu_percent: 10 });
      await world.pass(20);
    }
    expect(await world.incidents()).toEqual([]);
  });

  test("[AL7] [AL12] [R14] a square wave is one incident, told twice", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    await world.server("web");
    await world.notifier(told);
    await world.onlyRule({ ...CPU, forMs: 0 });
    for (let wave = 0; wave < 10; wave++) {
      world.says("web", { cpu_percent: 90 });
      await world.pass(40);
      world.says("web", { cpu_percent: 10 });
      await world.pass(40);
    }
    expect(kinds(told)).toEqual(["opened warning"]);
    await world.until(() => told.heard.length === 2, "it is told that it ended");
    expect(kinds(told)).toEqual(["opened warning", "resolved warning"]);
  });

  test("[AL11] what begins again soon is the same incident, open again", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    await world.server("web");
    await world.notifier(told);
    await world.onlyRule({ ...CPU, forMs: 0 });
    const wave = async (): Promise<void> => {
      world.says("web", { cpu_percent: 90 });
      await world.pass(20);
      world.says("web", { cpu_percent: 10 });
      await world.until(() => told.heard.at(-1)?.kind === "resolved", "it ended");
    };
    await wave();
    await world.pass(60);
    world.says("web", { cpu_percent: 90 });
    await world.until(() => told.heard.length === 3, "it is told again");
    expect(told.heard[2]).toMatchObject({ kind: "reopened", incidentId: told.heard[0]!.incidentId });
    expect(await world.incidents()).toMatchObject([{ reopened: 1 }]);
    world.says("web", { cpu_percent: 10 });
    await world.until(() => told.heard.length === 4, "it ended");
    await world.pass(REOPEN_MS / 1_000 + 60);
    world.says("web", { cpu_percent: 90 });
    await world.until(() => told.heard.length === 5, "it is told");
    expect(told.heard[4]).toMatchObject({ kind: "opened" });
    expect(await world.incidents()).toHaveLength(2);
  });
});

describe("servers that are gone", () => {
  test("[AL9] [AL13] many at once are one incident; what is behind them is not told", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    for (const name of ["a", "b", "c", "d"]) {
      await world.server(name);
      world.says(name, { cpu_percent: 10 });
    }
    await world.notifier(told);
    await world.onlyRule(OFFLINE);
    await world.admin.post("/api/v1/rules", { ...CPU, name: "cpu", noData: "alert" });
    await world.pass(30);
    for (const name of ["a", "b", "c"]) world.says(name, undefined);
    await world.until(() => told.heard.length >= 1, "it is told");
    await world.pass(120);
    expect((await world.incidents()).map(({ rule }) => rule)).toEqual(["under test"]);
    expect(await world.incidents()).toMatchObject([{ wrongCount: 3, state: "open", severity: "critical" }]);
    expect(told.heard.at(-1)?.wrongCount).toBe(3);
    expect(told.heard.length).toBeLessThanOrEqual(2);
    for (const name of ["a", "b", "c"]) world.says(name, { cpu_percent: 10 });
    await world.until(() => told.heard.at(-1)?.kind === "resolved", "they are back");
    expect(await world.incidents("?state=open")).toEqual([]);
  });

  test("[R12] [AL21] a hub that starts anew tells nothing twice and forgets nothing", async () => {
    await using told = await listener();
    const first = await alertWorld();
    await first.server("web");
    await first.notifier(told);
    await first.onlyRule(OFFLINE);
    first.says("web", { cpu_percent: 10 });
    await first.pass(30);
    first.says("web", undefined);
    await first.until(() => told.heard.length === 1, "it is told");
    await first.hub.stop();
    await using again = worldOf(await startTestHub({ directory: first.hub.directory, clock: first.hub.clock }));
    await again.pass(120);
    expect(kinds(told)).toEqual(["opened critical"]);
    expect(await again.incidents("?state=open")).toHaveLength(1);
    const server = (await again.admin.get("/api/v1/servers")).json.items[0];
    await again.admin.ask("DELETE", `/api/v1/servers/${server.id}`);
    await again.until(() => told.heard.length === 2, "it is told that it ended");
    expect(told.heard[1]).toMatchObject({ kind: "resolved" });
  });
});

describe("holding back", () => {
  test("[AL20] a silence holds back the beginning and the end; what is still so afterwards is told", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    const web = await world.server("web");
    const other = await world.server("other");
    await world.notifier(told);
    await world.onlyRule({ ...CPU, forMs: 0 });
    const until = world.hub.clock.now() + 10 * MINUTE_MS;
    const matcher = { serverIds: [web, other] };
    const silence = await world.admin.post("/api/v1/silences", { matcher, reason: "moving house", until });
    expect(silence.json).toMatchObject({ author: "admin", isActive: true });
    world.says("web", { cpu_percent: 90 });
    world.says("other", { cpu_percent: 90 });
    await world.pass(60);
    expect(await world.incidents()).toMatchObject([{ isHeld: true, wrongCount: 2 }]);
    world.says("other", { cpu_percent: 10 });
    await world.pass(120);
    expect(told.heard).toEqual([]);
    expect((await world.admin.ask("DELETE", `/api/v1/silences/${silence.json.id}`)).status).toBe(204);
    await world.until(() => told.heard.length === 1, "it is told");
    expect(told.heard[0]).toMatchObject({ kind: "opened", wrongCount: 1 });
  });

  test("[AL9] [AL20] an end that is told late takes nothing from the incident that opened since", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    const web = await world.server("web");
    await world.notifier(told, { severityLeast: "error" });
    await world.onlyRule({ ...CPU, forMs: 0 });
    world.says("web", { cpu_percent: 99 });
    await world.until(() => told.heard.length === 1, "it is told");
    const until = world.hub.clock.now() + 2 * HOUR_MS;
    const silence = { matcher: { serverIds: [web] }, reason: "night", until };
    const { id } = (await world.admin.post("/api/v1/silences", silence)).json;
    world.says("web", { cpu_percent: 10 });
    await world.pass(120 + REOPEN_MS / 1_000);
    world.says("web", { cpu_percent: 90 });
    await world.pass(30);
    expect(await world.incidents("?state=open")).toMatchObject([{ severity: "warning", reopened: 0 }]);
    await world.admin.ask("DELETE", `/api/v1/silences/${id}`);
    await world.until(() => told.heard.length === 2, "the end of the first is told");
    world.says("web", { cpu_percent: 10 });
    await world.pass(120);
    expect(await world.incidents("?state=open")).toEqual([]);
    expect(kinds(told)).toEqual(["opened critical", "resolved critical"]);
  });

  test("[AL17] [AL18] whoever acknowledges hears no reminders; snoozed it is told again afterwards; worse it is told at once", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    await world.server("web");
    await world.notifier(told, { repeatMs: 60_000 });
    await world.onlyRule({ ...CPU, forMs: 0 });
    world.says("web", { cpu_percent: 90 });
    await world.until(() => told.heard.length === 2, "it is told, and told again");
    expect(kinds(told)).toEqual(["opened warning", "reminder warning"]);
    const operator = world.hub.sessionOf("operator");
    const [incident] = await world.incidents();
    const path = `/api/v1/incidents/${incident!.id}`;
    const snooze = await operator.post(`${path}/snooze`, { until: world.hub.clock.now() + 5 * MINUTE_MS });
    expect(snooze.status).toBe(200);
    await world.pass(240);
    expect(told.heard).toHaveLength(2);
    await world.until(() => told.heard.length === 3, "it is told again");
    const acknowledged = await operator.post(`${path}/acknowledge`, {});
    expect(acknowledged.json.acknowledged.by).toBe("operator");
    await world.until(() => told.heard.length === 4, "it is told who takes care");
    await world.pass(300);
    expect(kinds(told).at(-1)).toBe("acknowledged warning");
    expect(told.heard).toHaveLength(4);
    world.says("web", { cpu_percent: 99 });
    await world.until(() => told.heard.length === 5, "it is told that it is worse");
    expect(kinds(told).at(-1)).toBe("escalated critical");
    await operator.post(`${path}/notes`, { text: "I am <b>on it</b>" });
    const { timeline } = (await world.admin.get(path)).json;
    expect(timeline.at(-1)).toMatchObject({ kind: "noted", by: "operator", detail: "I am <b>on it</b>" });
    expect((await world.hub.sessionOf("viewer").post(`${path}/acknowledge`, {})).status).toBe(403);
  });

  test("[AL15] [AL16] who is told later is told only while nobody takes care, and mild things are not told to everybody", async () => {
    await using world = await alertWorld();
    await using first = await listener();
    await using second = await listener();
    await using calm = await listener();
    await world.server("web");
    await world.notifier(first);
    await world.notifier(second, { delayMs: 5 * MINUTE_MS });
    await world.notifier(calm, { severityLeast: "critical" });
    await world.onlyRule({ ...CPU, forMs: 0 });
    world.says("web", { cpu_percent: 90 });
    await world.pass(240);
    expect([first.heard.length, second.heard.length, calm.heard.length]).toEqual([1, 0, 0]);
    await world.until(() => second.heard.length === 1, "the second one is told");
    world.says("web", { cpu_percent: 99 });
    await world.until(() => calm.heard.length === 1, "it is bad enough for the third");
    expect(kinds(calm)).toEqual(["opened critical"]);
  });
});

describe("handing over", () => {
  test("[R12] [AL22] what fails is tried again with the same key, in order, and not before the other side allows it", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    await world.server("web");
    const id = await world.notifier(told);
    await world.onlyRule({ ...CPU, forMs: 0 });
    told.answer = (response, count) =>
      void response.writeHead(count <= 2 ? 503 : 204, count === 2 ? { "retry-after": "120" } : {}).end();
    world.says("web", { cpu_percent: 90 });
    await world.until(() => told.requests.length === 2, "it was tried twice");
    const [notifier] = (await world.admin.get("/api/v1/notifiers")).json.items;
    expect(notifier).toMatchObject({ id, waiting: 1, state: { is: "failing", detail: "answered with status 503" } });
    await world.pass(110);
    expect(told.requests).toHaveLength(2);
    world.says("web", { cpu_percent: 10 });
    await world.until(() => told.heard.length === 2, "both are told");
    expect(kinds(told)).toEqual(["opened warning", "resolved warning"]);
    const keys = told.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(keys[3]).not.toBe(keys[0]);
  });

  test("[AL23] what can never be handed over goes to the one behind, stands as given up, and can be tried again", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    await using behind = await listener();
    await world.server("web");
    const fallbackId = await world.notifier(behind, { isDefault: false });
    const id = await world.notifier(told, { fallbackId });
    await world.onlyRule({ ...CPU, forMs: 0 });
    told.answer = (response) => void response.writeHead(404).end();
    world.says("web", { cpu_percent: 90 });
    await world.until(() => behind.heard.length === 1, "the other one is told");
    const { items } = (await world.admin.get("/api/v1/deliveries?state=failed")).json;
    expect(items).toMatchObject([{ notifierId: id, kind: "opened", attempts: 1 }]);
    told.answer = (response) => void response.writeHead(204).end();
    expect((await world.admin.post(`/api/v1/deliveries/${items[0].id}/retry`)).status).toBe(200);
    await world.until(() => told.heard.length === 1, "it was tried again");
    expect((await world.admin.post(`/api/v1/deliveries/${items[0].id}/retry`)).code).toBe("CONFLICT");
  });

  test("[R12] what waited when the hub ended is told after its start", async () => {
    await using told = await listener();
    told.answer = (response) => void response.writeHead(503).end();
    const first = await alertWorld();
    await first.server("web");
    await first.notifier(told);
    await first.onlyRule({ ...CPU, forMs: 0 });
    first.says("web", { cpu_percent: 90 });
    await first.until(() => told.requests.length > 0, "it was tried");
    await first.hub.stop();
    told.answer = (response) => void response.writeHead(204).end();
    await using again = worldOf(await startTestHub({ directory: first.hub.directory, clock: first.hub.clock }));
    await again.until(() => told.heard.length === 1, "it is told");
    await again.pass(30);
    expect(kinds(told)).toEqual(["opened warning"]);
  });
});

describe("doors", () => {
  test("[AL15] open incidents are told live, and so is their end", async () => {
    await using world = await alertWorld();
    await world.server("web");
    await world.onlyRule({ ...CPU, forMs: 0, clearForMs: 0 });
    const live = await openLive(world.hub, world.hub.sessionOf("viewer"));
    live.send({ t: "subscribe", topic: "incidents" });
    const first = await live.next(({ topic }) => topic === "incidents", "what is open");
    expect(first.state).toEqual({ whole: true, incidents: [] });
    const seen = (state: string) => live.messages.some((one) => one.state?.incidents?.[0]?.state === state);
    world.says("web", { cpu_percent: 90 });
    await world.until(() => seen("open"), "it is told");
    world.says("web", { cpu_percent: 10 });
    await world.until(() => seen("resolved"), "its end is told");
    await live.close();
  });

  test("[CR-07] [CR-01] a secret is never shown, and another target forgets it", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    await using other = await listener();
    const id = await world.notifier(told, { secret: "canary-of-the-hook" });
    expect((await world.admin.post(`/api/v1/notifiers/${id}/test`)).json).toMatchObject({ outcome: "sent" });
    expect(told.requests[0]!.headers["muster-signature"]).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
    const path = `/api/v1/notifiers/${id}`;
    const same = await world.admin.ask("PATCH", path, { body: { name: "renamed" } });
    expect(same.json.hasSecret).toBe(true);
    const moved = await world.admin.ask("PATCH", path, { body: { settings: { url: other.url } } });
    expect(moved.json.hasSecret).toBe(false);
    await world.admin.post(`${path}/test`);
    expect(other.requests[0]!.headers["muster-signature"]).toBeUndefined();
    expect(world.hub.answers.join("\n")).not.toContain("canary-of-the-hook");
    expect(world.hub.logs.join("\n")).not.toContain("canary-of-the-hook");
  });

  test("[SR-01] [SR-06] a test tells how it ended and nothing of what was answered", async () => {
    await using world = await alertWorld();
    await using told = await listener();
    told.answer = (response) => void response.writeHead(500).end("canary-inside");
    const id = await world.notifier(told);
    const answer = await world.admin.post(`/api/v1/notifiers/${id}/test`);
    expect(answer.json).toMatchObject({ outcome: "failed", detail: "answered with status 500" });
    expect(answer.text).not.toContain("canary");
    const metadata = await world.admin.post("/api/v1/notifiers", {
      ...{ kind: "webhook", name: "metadata", settings: { url: "http://169.254.169.254/" } },
    });
    const tried = await world.admin.post(`/api/v1/notifiers/${metadata.json.id}/test`);
    expect(tried.json).toMatchObject({ outcome: "failed", detail: "the address is not open for this purpose" });
  });

  test.each([
    ["body.condition.levels", { ...CPU, condition: { ...CPU.condition, levels: [] } }],
    ["body.condition.clearAt", { ...CPU, condition: { ...CPU.condition, clearAt: 0.9 } }],
    ["body.condition.windowMs", { ...CPU, condition: { ...CPU.condition, measure: "forecast" } }],
    ["body.condition.metric", { ...CPU, condition: { ...CPU.condition, metric: "no metric" } }],
    ["body.condition.severities", { condition: { is: "service", severities: {} } }],
    ["body.notifierIds.0", { ...CPU, notifierIds: ["00000000-0000-4000-8000-000000000000"] }],
    ["body.name", { ...CPU, name: " " }],
  ])("what is wrong with a rule is said at %s", async (field, rule) => {
    await using world = await alertWorld();
    const answer = await world.admin.post("/api/v1/rules", { name: "bad", ...rule });
    expect([400, 404]).toContain(answer.status);
    expect(Object.keys(answer.json.error.fields)).toContain(field);
  });

  test("[AZ-05] [AL32] a rule can hold no action; what an incident suggests needs the right of whoever asks for it", async () => {
    await using world = await alertWorld({ servers: ["alpha"], services: ["nginx.service"] });
    const { hub, admin } = world;
    for (const more of [
      { action: "server.reboot" },
      { actions: [] },
      { condition: { ...CPU.condition, action: "x" } },
    ]) {
      const refused = await admin.post("/api/v1/rules", { ...CPU, name: "acting", ...more });
      expect([refused.status, refused.code]).toEqual([400, "BAD_REQUEST"]);
    }
    for (const role of ["viewer", "operator"])
      expect((await hub.sessionOf(role).post("/api/v1/rules", { ...CPU, name: "own" })).code).toBe("FORBIDDEN");
    // An incident about a service, as it is kept, suggests to start it anew.
    const id = "00000000-0000-7000-8000-0000000000aa";
    hub.state
      .prepare(
        "INSERT INTO incident (id, rule_id, rule_name, state, severity, opened_at, reopened) VALUES (?, '', 'x', 'open', 'error', 1, 0)",
      )
      .run(id);
    const service = { driver: "systemd", name: "nginx.service" };
    const serverId = hub.servers[0]!.id;
    const subject = { serverId, service, probeId: null, metric: null, labels: {}, trouble: null };
    hub.state
      .prepare(
        "INSERT INTO incident_member (incident_id, key, place, server_id, subject, title, severity, since) VALUES (?, 'k', 0, ?, ?, 'failed', 'error', 1)",
      )
      .run(id, serverId, JSON.stringify(subject));
    const viewer = hub.sessionOf("viewer");
    const { suggestions } = (await viewer.get(`/api/v1/incidents/${id}`)).json;
    expect(suggestions).toMatchObject([{ action: "service.restart", service: "nginx.service", serverId }]);
    const body = { action: "service.restart", args: { ...service }, reason: "" };
    const path = `/api/v1/servers/${serverId}/actions`;
    expect((await viewer.post(path, body)).code).toBe("FORBIDDEN");
    expect((await hub.sessionOf("operator").post(path, body)).code).not.toBe("FORBIDDEN");
  });

  test("[AL39] [AZ-05] a rule that looks through logs takes the right to read them, also to switch it on", async () => {
    await using world = await alertWorld();
    const { hub, admin } = world;
    const condition = { is: "log", files: ["/var/log/a.log"], pattern: "x", windowMs: 60_000, levels: [LINES] };
    const rule = { name: "logs", condition };
    const without = await hub.tokenOf("admin", ["rules.read", "rules.write"]);
    const added = await without.post("/api/v1/rules", rule);
    expect([added.status, added.code, added.json.error.message]).toEqual([
      403,
      "FORBIDDEN",
      "A rule that looks through logs needs the right to read them.",
    ]);
    const made = await admin.post("/api/v1/rules", { ...rule, isEnabled: false });
    expect([made.status, made.json.logTroubles, made.json.owner]).toEqual([201, [], undefined]);
    const path = `/api/v1/rules/${made.json.id as string}`;
    expect((await without.ask("PUT", path, { body: rule })).status).toBe(403);
    expect((await without.ask("DELETE", path)).status).toBe(204);
    const both = await hub.tokenOf("admin", ["rules.read", "rules.write", "logs.read"]);
    expect((await both.post("/api/v1/rules", rule)).status).toBe(201);
    const preview = await admin.post("/api/v1/rule-previews", { rule, from: 0, to: 60_000 });
    expect([preview.status, Object.keys(preview.json.error.fields)]).toEqual([400, ["body.rule.condition"]]);
  });

  test("[AL1] rules come with the program; one that was taken away stays away", async () => {
    const first = await alertWorld();
    const rules = (await first.admin.get("/api/v1/rules")).json.items as { id: string; origin: string }[];
    expect(rules.length).toBeGreaterThan(8);
    const gone = rules.find(({ origin }) => origin === "temperature")!;
    await first.admin.ask("DELETE", `/api/v1/rules/${gone.id}`);
    await first.hub.stop();
    await using again = worldOf(await startTestHub({ directory: first.hub.directory, clock: first.hub.clock }));
    const { items } = (await again.admin.get("/api/v1/rules")).json as { items: { origin: string }[] };
    expect(items.map(({ origin }) => origin)).not.toContain("temperature");
    expect(items).toHaveLength(rules.length - 1);
  });

  test("[AL8] a rule that is switched off ends its incidents, and a preview tells what it would have told", async () => {
    await using world = await alertWorld();
    const web = await world.server("web");
    const id = await world.onlyRule({ ...CPU, forMs: 0 });
    world.says("web", { cpu_percent: 90 });
    await world.until(async () => (await world.incidents("?state=open")).length === 1, "it is open");
    expect(await world.incidents(`?server=${web}`)).toHaveLength(1);
    const now = world.hub.clock.now();
    const preview = await world.admin.post("/api/v1/rule-previews", {
      ...{ rule: { ...CPU, name: "preview", forMs: 0 }, from: now - DAY_MS, to: now },
    });
    expect(preview.json).toMatchObject({ count: 1, incidents: [{ title: "web: CPU", severity: "warning" }] });
    await world.admin.ask("PUT", `/api/v1/rules/${id}`, { body: { ...CPU, name: "under test", isEnabled: false } });
    await world.until(async () => (await world.incidents("?state=open")).length === 0, "it ended");
  });
});

describe("the watcher is watched", () => {
  test("[R15] [AL31] somebody outside is asked every minute while the hub works", async () => {
    await using told = await listener();
    await using world = await alertWorld({ settings: { heartbeatUrl: `${told.url}/canary-of-the-check` } });
    await world.pass(59);
    expect(told.requests).toHaveLength(0);
    await world.until(() => told.requests.length === 1, "it is asked");
    await world.until(() => told.requests.length === 2, "it is asked again");
    expect(world.hub.logs.join("\n")).not.toContain("canary-of-the-check");
  });
});
