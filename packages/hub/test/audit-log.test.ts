import { appendFileSync, readFileSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MINUTE_MS } from "@muster/core";
import { ROUTES } from "@muster/protocol";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verifyAudit } from "../src/offline.ts";
import { passwordOf, startTestHub } from "./harness.ts";
import type { Answer, Client, TestHub } from "./harness.ts";
import { connectAs, needs, runProgram, temporaryDirectory } from "@muster/testkit";

const INCIDENT_ID = "00000000-0000-7000-8000-000000000001";
/** What it asks for waits: the server is not connected. */
const taskNamed = (name: string) => ({
  ...{ name, schedule: { is: "cron", expression: "0 3 * * *" } },
  work: { is: "action", action: "agent.ping", targets: { servers: [hub.servers[0]!.id] } },
});
const RULE = { condition: { is: "offline", severity: "critical" } };

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub({
    users: { viewer: "viewer", admin: "admin", second: "admin", spare: "viewer", planner: "operator" },
    servers: ["alpha", "beta"],
  });
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(() => hub.clock.advance(MINUTE_MS));

interface Row {
  readonly seq: number;
  readonly actor: string;
  readonly door: string;
  readonly action: string;
  readonly target: string;
  readonly args: Record<string, unknown>;
  readonly decision: string;
  readonly reason: string;
}
const rowsOf = (of: TestHub, after = 0): Row[] =>
  of.state
    .prepare("SELECT row FROM audit WHERE seq > ? ORDER BY seq")
    .all(after)
    .map(({ row }) => JSON.parse(String(row)) as Row);
const lastSeq = (of: TestHub): number =>
  Number(of.state.prepare("SELECT coalesce(max(seq), 0) AS n FROM audit").get()?.["n"]);

describe("[AU-03] what changes something leaves a row", () => {
  type Step = readonly [
    door: keyof typeof ROUTES,
    ask: (by: Client) => ReturnType<Client["ask"]>,
    row: Partial<Record<keyof Row, unknown>>,
  ];
  const id = (name: string): string => hub.userIds[name]!;
  const serverId = (name: string): string =>
    String(hub.state.prepare("SELECT id FROM server WHERE name = ?").get(name)?.["id"]);
  const idIn = (table: "notifier" | "rollout" | "rule" | "silence" | "task" | "task_run" | "status_page"): string =>
    String(hub.state.prepare(`SELECT id FROM ${table}`).get()?.["id"]);
  /** Made straight in the database, once. */
  const incident = (): string => {
    hub.state
      .prepare(
        "INSERT OR IGNORE INTO incident (id, rule_id, rule_name, state, severity, opened_at, resolved_at, reopened) VALUES (?, '', 'walked', 'resolved', 'info', 1, 2, 0)",
      )
      .run(INCIDENT_ID);
    return INCIDENT_ID;
  };
  const probeId = (name: string): string =>
    String(hub.state.prepare("SELECT id FROM probe WHERE name = ?").get(name)?.["id"]);
  /** Nobody is connected: the first wave fails, and the second is far away. */
  const rollout = () => ({
    ...{ name: "all new", action: "server.reboot", targets: { servers: [hub.servers[0]!.id, serverId("pulled")] } },
    ...{ onFailure: "go-on", pauseMs: 60 * MINUTE_MS },
  });
  const allowed = { door: "http", actor: "admin", decision: "allowed" };
  const pulled = { kind: "pull", adapter: "node-exporter", url: "http://127.0.0.1:9/metrics" };
  const steps: readonly Step[] = [
    [
      "POST /api/v1/login",
      () => hub.client().post("/api/v1/login", { name: "admin", password: passwordOf("admin") }),
      { action: "login", decision: "succeeded", target: "admin" },
    ],
    ["POST /api/v1/logout", (by) => by.post("/api/v1/logout"), { action: "logout", decision: "succeeded" }],
    [
      "POST /api/v1/me/prove",
      (by) => by.post("/api/v1/me/prove", { password: passwordOf("admin") }),
      { action: "user.prove", decision: "succeeded" },
    ],
    [
      "POST /api/v1/me/password",
      (by) => by.post("/api/v1/me/password", { current: passwordOf("admin"), next: passwordOf("admin") }),
      { ...allowed, action: "user.change-own-password" },
    ],
    [
      "POST /api/v1/users",
      (by) => by.post("/api/v1/users", { name: "made", password: passwordOf("made"), role: "viewer" }),
      { ...allowed, action: "user.create", target: "made", args: { role: "viewer" } },
    ],
    [
      "PATCH /api/v1/users/{id}",
      (by) =>
        by.ask("PATCH", `/api/v1/users/${id("spare")}`, { body: { role: "operator", password: passwordOf("spare") } }),
      { ...allowed, action: "user.change", target: "spare", args: { role: "operator", password: "changed" } },
    ],
    [
      "DELETE /api/v1/users/{id}",
      (by) => by.ask("DELETE", `/api/v1/users/${id("spare")}`),
      { ...allowed, action: "user.delete", target: "spare" },
    ],
    [
      "POST /api/v1/tokens",
      (by) => by.post("/api/v1/tokens", { name: "robot", scopes: ["self.read"], expiresInDays: 1 }),
      { ...allowed, action: "token.create", target: "robot" },
    ],
    [
      "DELETE /api/v1/tokens/{id}",
      (by) => by.ask("DELETE", `/api/v1/tokens/${String(hub.state.prepare("SELECT id FROM api_token").get()?.["id"])}`),
      {
        ...allowed,
        action: "token.revoke",
        target: "robot",
        args: { tokenId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
      },
    ],
    [
      "POST /api/v1/join-tokens",
      (by) => by.post("/api/v1/join-tokens", { name: "gamma" }),
      { ...allowed, action: "join-token.create", target: "gamma" },
    ],
    [
      "DELETE /api/v1/join-tokens/{id}",
      (by) =>
        by.ask("DELETE", `/api/v1/join-tokens/${String(hub.state.prepare("SELECT id FROM join_token").get()?.["id"])}`),
      {
        ...allowed,
        action: "join-token.delete",
        target: "gamma",
        args: { tokenId: expect.stringMatching(/^[0-9a-f]{10}$/) as string },
      },
    ],
    [
      "PUT /api/v1/servers/{id}/parents",
      (by) => by.ask("PUT", `/api/v1/servers/${hub.servers[0]!.id}/parents`, { body: {} }),
      { ...allowed, action: "server.parents", target: "alpha" },
    ],
    [
      "PATCH /api/v1/servers/{id}",
      (by) => by.ask("PATCH", `/api/v1/servers/${hub.servers[0]!.id}`, { body: { name: "renamed" } }),
      { ...allowed, action: "server.change", target: "alpha" },
    ],
    [
      "DELETE /api/v1/servers/{id}",
      (by) => by.ask("DELETE", `/api/v1/servers/${hub.servers[1]!.id}`),
      { ...allowed, action: "server.delete", target: "beta" },
    ],
    [
      "POST /api/v1/servers/{id}/actions",
      (by) => by.post(`/api/v1/servers/${hub.servers[0]!.id}/actions`, { action: "agent.ping" }),
      { door: "http", actor: "admin", action: "agent.ping", decision: "failed", reason: "the server is not connected" },
    ],
    [
      "POST /api/v1/actions",
      (by) => by.post("/api/v1/actions", { action: "agent.ping", targets: { servers: [hub.servers[0]!.id] } }),
      { ...allowed, action: "agent.ping" },
    ],
    [
      "PUT /api/v1/servers/{id}/definitions/{driver}/{name}",
      (by) =>
        by.ask("PUT", `/api/v1/servers/${hub.servers[0]!.id}/definitions/process/web`, {
          body: { definition: { command: ["/usr/bin/true"] } },
        }),
      {
        ...{ door: "http", actor: "admin", action: "service.define", decision: "failed" },
        args: expect.objectContaining({ driver: "process", name: "web", program: "/usr/bin/true" }),
      },
    ],
    [
      "DELETE /api/v1/servers/{id}/definitions/{driver}/{name}",
      (by) => by.ask("DELETE", `/api/v1/servers/${hub.servers[0]!.id}/definitions/process/web`),
      { door: "http", actor: "admin", action: "service.undefine", decision: "failed" },
    ],
    [
      "PUT /api/v1/system/retention",
      (by) =>
        by.ask("PUT", "/api/v1/system/retention", {
          body: { samplesDays: 30, minutesDays: 90, hoursDays: 365, bytesMax: null },
        }),
      { ...allowed, action: "retention.change", target: "history" },
    ],
    [
      "POST /api/v1/servers",
      (by) => by.post("/api/v1/servers", { name: "pulled", link: pulled, secret: "only-once" }),
      { ...allowed, action: "server.add", target: "pulled", args: { tags: [], link: pulled, hasSecret: true } },
    ],
    [
      "PUT /api/v1/servers/{id}/link",
      (by) =>
        by.ask("PUT", `/api/v1/servers/${serverId("pulled")}/link`, { body: { link: pulled, secret: "another-one" } }),
      { ...allowed, action: "server.change-link", args: expect.objectContaining({ secret: "set" }) },
    ],
    [
      "POST /api/v1/servers/{id}/link/test",
      (by) => by.post(`/api/v1/servers/${serverId("pulled")}/link/test`),
      { ...allowed, action: "server.test-link", target: "pulled" },
    ],
    [
      "POST /api/v1/link-tests",
      (by) => by.post("/api/v1/link-tests", { link: pulled }),
      { ...allowed, action: "server.test-link", target: "127.0.0.1:9" },
    ],
    [
      "POST /api/v1/servers/{id}/link/host-key",
      (by) =>
        by.post(`/api/v1/servers/${serverId("pulled")}/link/host-key`, { fingerprint: `SHA256:${"A".repeat(43)}` }),
      { door: "http", actor: "admin", action: "server.approve-host-key", decision: "failed" },
    ],
    [
      "POST /api/v1/servers/{id}/agent",
      (by) => by.post(`/api/v1/servers/${serverId("pulled")}/agent`, { action: "deploy" }),
      { door: "http", actor: "admin", action: "agent.deploy", target: "pulled", decision: "failed" },
    ],
    [
      "POST /api/v1/servers/register",
      async () => {
        const token = await hub.running.createJoinToken({ name: "pushing", lifetimeMinutes: 5 });
        return hub.client().ask("POST", "/api/v1/servers/register", {
          body: { name: "pushing" },
          headers: { authorization: `Bearer ${token}`, origin: undefined },
        });
      },
      {
        ...{ action: "server.join", target: "pushing", decision: "succeeded" },
        actor: expect.stringMatching(/^join token "pushing" [0-9a-f]{10}$/) as string,
      },
    ],
    [
      "POST /api/v1/servers/{id}/token",
      (by) => by.post(`/api/v1/servers/${serverId("pushing")}/token`),
      { ...allowed, action: "server.renew-token", target: "pushing" },
    ],
    [
      "POST /api/v1/ssh-keys",
      (by) => by.post("/api/v1/ssh-keys", { name: "nightly" }),
      { ...allowed, action: "ssh-key.add", target: "nightly", args: expect.objectContaining({ isImported: false }) },
    ],
    [
      "POST /api/v1/ssh-keys/{id}/replacements",
      (by) => {
        const key = String(hub.state.prepare("SELECT id FROM ssh_key").get()?.["id"]);
        return by.post(`/api/v1/ssh-keys/${key}/replacements`, { newKeyId: key, install: true });
      },
      {
        ...{ door: "http", actor: "admin", action: "ssh-key.replace", target: "nightly" },
        ...{ decision: "failed", args: expect.objectContaining({ servers: "all", install: true, remove: false }) },
      },
    ],
    [
      "DELETE /api/v1/ssh-keys/{id}",
      (by) => by.ask("DELETE", `/api/v1/ssh-keys/${String(hub.state.prepare("SELECT id FROM ssh_key").get()?.["id"])}`),
      { ...allowed, action: "ssh-key.delete", target: "nightly" },
    ],
    ...(
      [
        ["port", "tcp", { host: "127.0.0.1", port: 9 }],
        ["cache", "redis", { host: "127.0.0.1", port: 9 }],
        ["job", "passive", {}],
      ] as const
    ).map(([name, kind, settings]): Step => [
      "POST /api/v1/probes",
      (by) => by.post("/api/v1/probes", { name, kind, settings }),
      { ...allowed, action: "probe.add", target: name, args: expect.objectContaining({ kind }) as object },
    ]),
    [
      "PATCH /api/v1/probes/{id}",
      (by) => by.ask("PATCH", `/api/v1/probes/${probeId("port")}`, { body: { tags: ["a"] } }),
      { ...allowed, action: "probe.change", target: "port" },
    ],
    [
      "POST /api/v1/probes/{id}/run",
      (by) => by.post(`/api/v1/probes/${probeId("port")}/run`),
      { ...allowed, action: "probe.run", target: "port" },
    ],
    [
      "POST /api/v1/probe-trials",
      (by) => by.post("/api/v1/probe-trials", { kind: "tcp", settings: { host: "127.0.0.1", port: 9 } }),
      { ...allowed, action: "probe.try", target: "127.0.0.1:9" },
    ],
    [
      "POST /api/v1/probes/{id}/acts/{act}",
      (by) => by.post(`/api/v1/probes/${probeId("cache")}/acts/clear`, { arguments: { pattern: "a:*" } }),
      {
        ...allowed,
        action: "probe.clear",
        target: "cache",
        decision: expect.stringMatching(/^(?:failed|refused)$/) as string,
      },
    ],
    [
      "POST /api/v1/probes/{id}/ping-url",
      (by) => by.post(`/api/v1/probes/${probeId("job")}/ping-url`),
      { ...allowed, action: "probe.renew-url", target: "job" },
    ],
    [
      "DELETE /api/v1/probes/{id}",
      (by) => by.ask("DELETE", `/api/v1/probes/${probeId("port")}`),
      { ...allowed, action: "probe.delete", target: "port" },
    ],
    ...(
      [
        ["acknowledge", { isAcknowledged: true }, "incident.acknowledge"],
        ["snooze", { until: null }, "incident.snooze"],
        ["notes", { text: "walked" }, "incident.note"],
      ] as const
    ).map(([part, body, action]): Step => [
      `POST /api/v1/incidents/{id}/${part}`,
      (by) => by.post(`/api/v1/incidents/${incident()}/${part}`, body),
      { ...allowed, action, target: "walked" },
    ]),
    [
      "POST /api/v1/silences",
      (by) =>
        by.post("/api/v1/silences", {
          ...{ matcher: { tags: ["a"] }, reason: "moving house", until: hub.clock.now() + MINUTE_MS },
        }),
      { ...allowed, action: "silence.add", target: "moving house" },
    ],
    [
      "DELETE /api/v1/silences/{id}",
      (by) => by.ask("DELETE", `/api/v1/silences/${idIn("silence")}`),
      { ...allowed, action: "silence.end", target: "moving house" },
    ],
    [
      "POST /api/v1/rules",
      (by) => by.post("/api/v1/rules", { ...RULE, name: "walked" }),
      { ...allowed, action: "rule.add", target: "walked" },
    ],
    [
      "PUT /api/v1/rules/{id}",
      (by) => by.ask("PUT", `/api/v1/rules/${idIn("rule")}`, { body: { ...RULE, name: "walked" } }),
      { ...allowed, action: "rule.change", target: "walked" },
    ],
    [
      "DELETE /api/v1/rules/{id}",
      (by) => by.ask("DELETE", `/api/v1/rules/${idIn("rule")}`),
      { ...allowed, action: "rule.delete", target: "walked" },
    ],
    [
      "POST /api/v1/tasks",
      (by) => by.post("/api/v1/tasks", taskNamed("nightly")),
      { ...allowed, action: "task.add", target: "nightly", args: expect.objectContaining({ schedule: "0 3 * * *" }) },
    ],
    [
      "PUT /api/v1/tasks/{id}",
      (by) => by.ask("PUT", `/api/v1/tasks/${idIn("task")}`, { body: taskNamed("nightly") }),
      { ...allowed, action: "task.change", target: "nightly" },
    ],
    [
      "POST /api/v1/tasks/{id}/enable",
      (by) => by.post(`/api/v1/tasks/${idIn("task")}/enable`, { isEnabled: false }),
      { ...allowed, action: "task.disable", target: "nightly" },
    ],
    [
      "POST /api/v1/tasks/{id}/run",
      (by) => by.post(`/api/v1/tasks/${idIn("task")}/run`),
      { ...allowed, action: "task.run", target: "nightly" },
    ],
    [
      "POST /api/v1/runs/{id}/cancel",
      (by) => by.post(`/api/v1/runs/${idIn("task_run")}/cancel`),
      { ...allowed, action: "task.cancel", target: "nightly" },
    ],
    [
      "DELETE /api/v1/tasks/{id}",
      (by) => by.ask("DELETE", `/api/v1/tasks/${idIn("task")}`),
      { ...allowed, action: "task.delete", target: "nightly" },
    ],
    [
      "POST /api/v1/rollouts",
      (by) => by.post("/api/v1/rollouts", rollout()),
      {
        ...{ ...allowed, action: "rollout.plan", target: "all new" },
        args: expect.objectContaining({ action: "server.reboot", targets: 2 }),
      },
    ],
    [
      "PUT /api/v1/rollouts/{id}",
      (by) => by.ask("PUT", `/api/v1/rollouts/${idIn("rollout")}`, { body: rollout() }),
      { ...allowed, action: "rollout.plan", target: "all new" },
    ],
    ...(
      [
        ["start", "allowed"],
        ["pause", "allowed"],
        ["resume", "allowed"],
        ["abort", "allowed"],
      ] as const
    ).map(([part, decision]): Step => [
      `POST /api/v1/rollouts/{id}/${part}`,
      async (by) => {
        const { json } = await by.get(`/api/v1/rollouts/${idIn("rollout")}`);
        const body = part === "start" ? { sha256: json.rollout.sha256 } : {};
        return by.post(`/api/v1/rollouts/${idIn("rollout")}/${part}`, body);
      },
      { ...allowed, action: `rollout.${part}`, target: "all new", decision },
    ]),
    [
      "POST /api/v1/rollouts/{id}/approve",
      async (by) => {
        const { json } = await hub.sessionOf("planner").post("/api/v1/rollouts", { ...rollout(), needsApproval: true });
        const { id: planned, sha256 } = json.rollout;
        return by.post(`/api/v1/rollouts/${planned}/approve`, { sha256 });
      },
      { ...allowed, action: "rollout.approve", target: "all new" },
    ],
    ...(
      [
        ["PUT", "service.need"],
        ["DELETE", "service.need-not"],
      ] as const
    ).map(([method, action]): Step => [
      `${method} /api/v1/services/{id}/needs/{needed}`,
      (by) => by.ask(method, `/api/v1/services/${INCIDENT_ID}/needs/${INCIDENT_ID}`),
      { ...allowed, action, target: INCIDENT_ID, decision: "failed" },
    ]),
    [
      "POST /api/v1/status-pages",
      (by) => by.post("/api/v1/status-pages", { slug: "walked", name: "walked page" }),
      { ...allowed, action: "status-page.add", target: "walked page" },
    ],
    [
      "PATCH /api/v1/status-pages/{id}",
      (by) => by.ask("PATCH", `/api/v1/status-pages/${idIn("status_page")}`, { body: { text: "walked" } }),
      { ...allowed, action: "status-page.change", target: "walked page" },
    ],
    [
      "DELETE /api/v1/status-pages/{id}",
      (by) => by.ask("DELETE", `/api/v1/status-pages/${idIn("status_page")}`),
      { ...allowed, action: "status-page.delete", target: "walked page" },
    ],
    [
      "POST /api/v1/notifiers",
      (by) => by.post("/api/v1/notifiers", { kind: "log", name: "told", settings: {} }),
      { ...allowed, action: "notifier.add", target: "told" },
    ],
    [
      "PATCH /api/v1/notifiers/{id}",
      (by) => by.ask("PATCH", `/api/v1/notifiers/${idIn("notifier")}`, { body: { repeatMs: MINUTE_MS } }),
      { ...allowed, action: "notifier.change", target: "told" },
    ],
    [
      "POST /api/v1/notifiers/{id}/test",
      (by) => by.post(`/api/v1/notifiers/${idIn("notifier")}/test`),
      { ...allowed, action: "notifier.test", target: "told" },
    ],
    [
      "POST /api/v1/deliveries/{id}/retry",
      (by) => {
        hub.state
          .prepare(
            "INSERT INTO delivery (id, notifier_id, notice, state, attempts, asked_at, next_at, ended_at, detail) VALUES (?, ?, '{}', 'failed', 1, 1, 1, 2, '')",
          )
          .run(INCIDENT_ID, idIn("notifier"));
        return by.post(`/api/v1/deliveries/${INCIDENT_ID}/retry`);
      },
      { ...allowed, action: "delivery.retry", target: "told" },
    ],
    [
      "DELETE /api/v1/notifiers/{id}",
      (by) => by.ask("DELETE", `/api/v1/notifiers/${idIn("notifier")}`),
      { ...allowed, action: "notifier.delete", target: "told" },
    ],
    [
      "POST /api/v1/me/telegram-code",
      (by) => by.post("/api/v1/me/telegram-code"),
      { ...allowed, action: "telegram.make-code", target: "admin" },
    ],
    [
      "DELETE /api/v1/me/telegram",
      (by) => by.ask("DELETE", "/api/v1/me/telegram"),
      { ...allowed, action: "telegram.unbind", target: "admin" },
    ],
    [
      "POST /api/v1/notifiers/{id}/messages",
      async (by) => {
        const made = await by.post("/api/v1/notifiers", { kind: "log", name: "written", settings: {} });
        return by.post(`/api/v1/notifiers/${made.json.id}/messages`, { text: "hello" });
      },
      { ...allowed, action: "notifier.say", target: "written", decision: "failed" },
    ],
  ];
  /** The first has a test of its own, and so has what Telegram brings; a heartbeat is a sample, a refresh asks for one, a ping is what a probe waits for, and a preview changes nothing. */
  const elsewhere = [
    "POST /api/v1/setup",
    "POST /api/v1/servers/{id}/heartbeat",
    "POST /api/v1/servers/{id}/refresh",
    "POST /api/v1/pings/{token}",
    "POST /api/v1/pings/{token}/{signal}",
    "POST /api/v1/rule-previews",
    "POST /api/v1/notifier-previews",
    "POST /api/v1/task-previews",
    "POST /api/v1/telegram/{id}",
  ];

  test.for(steps)("[AU-03] %s", async ([, ask, row]) => {
    const before = lastSeq(hub);
    const answer = await ask(hub.sessionOf("admin"));
    expect(answer.status).toBeOneOf([200, 201, 202, 204, 404, 409, 503]);
    const rows = rowsOf(hub, before).filter(({ action }) => action === row.action);
    expect(rows.at(-1)).toEqual(expect.objectContaining(row));
    // What was allowed and then failed has left two.
    expect(rows.slice(0, -1).map(({ decision }) => decision)).toEqual(rows.length > 1 ? ["allowed"] : []);
  });

  test("[AU-03] no changing route is forgotten here", () => {
    const unsafe = Object.keys(ROUTES).filter((name) => !name.startsWith("GET "));
    expect(unsafe.filter((name) => !steps.some(([door]) => door === name))).toEqual(elsewhere);
  });

  test("[AU-03] the first administrator's set-up too, and a wrong code", async () => {
    await using fresh = await startTestHub({ users: {} });
    const code = new URL(fresh.running.setupUrl!).hash.slice(1);
    await fresh.client().post("/api/v1/setup", { code: "wrong", name: "eve", password: passwordOf("eve") });
    await fresh.client().post("/api/v1/setup", { code, name: "root", password: passwordOf("root") });
    expect(rowsOf(fresh)).toMatchObject([
      { action: "user.create-first", actor: "stranger", target: "eve", decision: "refused", reason: "wrong code" },
      { action: "user.create-first", actor: "root", decision: "succeeded" },
    ]);
  });

  test("[AU-03] refusals: wrong passwords, missing rights, a stale proof", async () => {
    const before = lastSeq(hub);
    await hub.client().post("/api/v1/login", { name: "admin", password: "wrong" });
    const viewer = hub.sessionOf("viewer");
    await viewer.post("/api/v1/me/prove", { password: "wrong" });
    await viewer.post("/api/v1/me/password", { current: "wrong", next: passwordOf("viewer") });
    await viewer.post("/api/v1/users", { name: "x", password: passwordOf("x"), role: "admin" });
    await viewer.ask("DELETE", `/api/v1/servers/${hub.servers[0]!.id}`);
    const admin = hub.sessionOf("admin");
    hub.clock.stepWallTime(6 * MINUTE_MS);
    await admin.ask("DELETE", `/api/v1/users/${hub.userIds["viewer"]}`);
    const token = await hub.tokenOf("second", ["servers.read"]);
    const made = lastSeq(hub);
    await token.post("/api/v1/join-tokens", {});
    const rows = rowsOf(hub, before).filter(({ action }) => action !== "token.create");
    expect(rows.map(({ actor, action, decision, reason }) => [actor, action, decision, reason])).toEqual([
      ["stranger", "login", "refused", "wrong name or password"],
      ["viewer", "user.prove", "refused", "wrong password"],
      ["viewer", "user.change-own-password", "refused", "wrong password"],
      ["viewer", "POST /api/v1/users", "refused", "FORBIDDEN"],
      ["viewer", "DELETE /api/v1/servers/{id}", "refused", "FORBIDDEN"],
      ["admin", "DELETE /api/v1/users/{id}", "refused", "STEP_UP_NEEDED"],
      [`second (token "of second" ${token.id})`, "POST /api/v1/join-tokens", "refused", "FORBIDDEN"],
    ]);
    expect(made).toBeGreaterThan(before);
  });

  test("[AU-03] nobody can be named as the log names those who are no user", async () => {
    for (const name of ["console", "stranger"]) {
      const body = { name, password: passwordOf(name), role: "viewer" };
      expect((await hub.sessionOf("admin").post("/api/v1/users", body)).code).toBe("CONFLICT");
    }
  });

  test("[AU-03] what was allowed and then failed says so", async () => {
    const before = lastSeq(hub);
    await hub.sessionOf("admin").post("/api/v1/users", { name: "viewer", password: passwordOf("x"), role: "viewer" });
    expect(rowsOf(hub, before)).toMatchObject([
      { action: "user.create", decision: "allowed" },
      { action: "user.create", decision: "failed", reason: "CONFLICT" },
    ]);
  });

  test("[AU-03] the log is read newest first, by page, by actor, action and target", async () => {
    const admin = hub.sessionOf("admin");
    const page = async (query: string): Promise<Row[]> => (await admin.get(`/api/v1/audit?${query}`)).json.items;
    const all = await page("limit=500");
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => all.length - index));
    expect(await page(`limit=3&before=${all[2]!.seq}`)).toEqual(all.slice(3, 6));
    for (const [name, value] of [
      ["actor", "viewer"],
      ["action", "login"],
      ["target", "beta"],
    ] as const)
      expect(await page(`limit=500&${name}=${value}`)).toEqual(all.filter((row) => row[name] === value));
  });
});

describe("[AU-04] when the log cannot be written", () => {
  test("[AU-04] nothing is changed, and no door opens", async () => {
    await using broken = await startTestHub({ users: { admin: "admin" }, servers: ["alpha"] });
    const admin = broken.sessionOf("admin");
    const token = await broken.tokenOf("admin", ["servers.read"]);
    const users = () => JSON.stringify(broken.state.prepare("SELECT id, name, role, enabled FROM user").all());
    const before = [users(), lastSeq(broken)];
    broken.state.exec("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END");
    const asked = [
      await admin.post("/api/v1/users", { name: "eve", password: passwordOf("eve"), role: "admin" }),
      await admin.ask("PATCH", `/api/v1/users/${broken.userIds["admin"]}`, { body: { password: passwordOf("eve") } }),
      await admin.post("/api/v1/tokens", { name: "t", scopes: ["self.read"] }),
      await admin.ask("DELETE", `/api/v1/tokens/${token.id}`),
      await admin.post("/api/v1/join-tokens", {}),
      await admin.ask("PATCH", `/api/v1/servers/${broken.servers[0]!.id}`, { body: { state: "revoked" } }),
      await admin.ask("DELETE", `/api/v1/servers/${broken.servers[0]!.id}`),
      await admin.post(`/api/v1/servers/${broken.servers[0]!.id}/actions`, { action: "agent.ping" }),
      await broken.client().post("/api/v1/login", { name: "admin", password: passwordOf("admin") }),
    ];
    expect(asked.map(({ status }) => status >= 500)).toEqual(asked.map(() => true));
    expect([users(), lastSeq(broken)]).toEqual(before);
    expect(broken.state.prepare("SELECT count(*) AS n FROM join_token").get()?.["n"]).toBe(0);
    expect(broken.state.prepare("SELECT count(*) AS n FROM session").get()?.["n"]).toBe(2);
    expect((await admin.get("/api/v1/servers")).json.items[0].state).toBe("active");
    expect((await token.get("/api/v1/servers")).status).toBe(200);
    // It works again as soon as the disk does, without a gap.
    broken.state.exec("DROP TRIGGER full");
    expect((await admin.post("/api/v1/join-tokens", {})).status).toBe(201);
    expect((await admin.get("/api/v1/audit")).json.chain.state).toBe("intact");
  });
});

const describeRoot = await needs("root");
describeRoot("[AU-04] a full disk", () => {
  test(
    "[AU-04] no command is sent that cannot be written down, and all goes on when there is room",
    { timeout: 60_000 },
    async () => {
      await using directory = await temporaryDirectory("audit-disk");
      const mounted = await runProgram([
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=4m,mode=700",
        "muster-test",
        directory.path,
      ]);
      expect(mounted.stderr).toBe("");
      try {
        const full = await startTestHub({ directory, users: { admin: "admin" }, servers: ["alpha"] });
        const [server] = full.servers;
        await using agent = await connectAs(full.running.address, { ...server!, serverId: server!.id });
        const admin = full.sessionOf("admin");
        const ping = () => admin.post(`/api/v1/servers/${server!.id}/actions`, { action: "agent.ping" });
        const { bavail, bsize } = statfsSync(directory.path);
        writeFileSync(directory.file("ballast"), new Uint8Array(bavail * bsize));
        // What the write-ahead log has kept of its own room goes first.
        const answers: Answer[] = [];
        const before = agent.frames.length;
        for (let count = 0; count < 200 && answers.at(-1)?.status !== 507; count++) {
          const reason = "x".repeat(500);
          answers.push(
            await admin.ask("PATCH", `/api/v1/servers/${server!.id}`, {
              body: { name: "no name at all", notes: reason },
            }),
          );
          await full.clock.advance(1_000);
        }
        expect(answers.at(-1)?.code).toBe("STORAGE_FULL");
        expect((await ping()).code).toBe("STORAGE_FULL");
        expect(
          (await admin.post("/api/v1/users", { name: "x", password: passwordOf("x"), role: "viewer" })).status,
        ).toBe(507);
        expect(agent.frames.slice(before).filter(({ t }) => t === "cmd")).toEqual([]);
        expect((await admin.get("/api/v1/servers")).status).toBe(200);
        rmSync(directory.file("ballast"));
        const answered = ping();
        expect((await agent.next("cmd")).t).toBe("cmd");
        agent.terminate();
        await full.clock.advance(MINUTE_MS);
        expect((await answered).json).toMatchObject({ outcome: "unknown", detail: expect.stringContaining("goes on") });
        expect((await admin.get("/api/v1/audit")).json.chain.state).toBe("intact");
        await full.stop();
      } finally {
        await runProgram(["umount", directory.path]);
      }
    },
  );
});

describe("[AU-01] the chain", () => {
  test("[AU-01] the database itself refuses to change, delete or replace a row", () => {
    for (const statement of [
      "UPDATE audit SET row = '{}' WHERE seq = 1",
      "DELETE FROM audit WHERE seq = 1",
      "DELETE FROM audit",
      "INSERT OR REPLACE INTO audit (seq, row, hash) VALUES (1, '{}', 'x')",
      "REPLACE INTO audit (seq, row, hash) VALUES (1, '{}', 'x')",
    ])
      expect(() => hub.state.exec(statement), statement).toThrow(/cannot be changed/);
  });

  /** A stopped hub's data directory with ten rows, the last of them under a signed checkpoint. */
  async function stoppedHub() {
    const stopped = await startTestHub({ users: { admin: "admin" } });
    const admin = stopped.sessionOf("admin");
    for (let count = 0; count < 10; count++) await admin.post("/api/v1/join-tokens", { name: `server ${count}` });
    await stopped.stop();
    const tamper = (sql: string): void => {
      const db = new DatabaseSync(join(stopped.dataDir, "state.db"));
      db.exec(`DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_no_replace; ${sql}`);
      db.close();
    };
    return { stopped, tamper, checkpoints: join(stopped.dataDir, "audit-checkpoints.log") };
  }

  test("[AU-01] of an untouched log is intact, also while a hub runs on it", async () => {
    const { stopped } = await stoppedHub();
    expect(await verifyAudit(stopped.dataDir)).toEqual({ state: "intact", rows: 10, why: "" });
    expect(await verifyAudit(hub.dataDir)).toMatchObject({ state: "intact" });
    await stopped[Symbol.asyncDispose]();
  });

  test.for([
    ["a changed row", "UPDATE audit SET row = replace(row, 'server 4', 'server 5') WHERE seq = 5", "row 5 was changed"],
    ["a removed row", "DELETE FROM audit WHERE seq = 5", "row 5 is missing"],
    ["a cut tail", "DELETE FROM audit WHERE seq > 7", "rows 8 to 10 were cut off"],
    ["a cut head", "DELETE FROM audit WHERE seq < 3", "row 1 is missing"],
    ["swapped rows", "UPDATE audit SET row = (SELECT row FROM audit WHERE seq = 3) WHERE seq = 2", "row 2 was changed"],
    ["everything gone", "DELETE FROM audit", "rows 1 to 10 were cut off"],
  ] as const)("[AU-01] %s is found", async ([, sql, why]) => {
    const { stopped, tamper } = await stoppedHub();
    tamper(sql);
    expect(await verifyAudit(stopped.dataDir)).toMatchObject({ state: "broken", why });
    await stopped[Symbol.asyncDispose]();
  });

  test("[AU-01] a checkpoint nobody of this fleet signed is found, half a last line is forgiven", async () => {
    const { stopped, checkpoints } = await stoppedHub();
    const text = readFileSync(checkpoints, "utf8");
    appendFileSync(checkpoints, '{"epoch":1,"seq":');
    expect(await verifyAudit(stopped.dataDir)).toMatchObject({ state: "intact" });
    writeFileSync(checkpoints, text.replace(/"seq":10/, '"seq":9'));
    expect(await verifyAudit(stopped.dataDir)).toMatchObject({ state: "broken" });
    writeFileSync(
      checkpoints,
      text.replace(/"sig":"(.)/, (_, first) => `"sig":"${first === "_" ? "-" : "_"}`),
    );
    expect((await verifyAudit(stopped.dataDir)).why).toMatch(/is not signed by this fleet|differs/);
    truncateSync(checkpoints, 0);
    expect(await verifyAudit(stopped.dataDir)).toMatchObject({ state: "intact" });
    await stopped[Symbol.asyncDispose]();
  });
});

describe("[AU-05] rows", () => {
  test("[AU-05] hold no control or bidirectional character, and are bounded", async () => {
    const nasty = "a\r\nb\u001b[31mc\u0000d\u202ee\u2066f\u009bg";
    const before = lastSeq(hub);
    await hub.client().post("/api/v1/login", { name: nasty, password: "x" });
    await hub.client().post("/api/v1/login", { name: "n".repeat(256), password: "x" });
    await hub
      .sessionOf("admin")
      .ask("PATCH", `/api/v1/servers/${hub.servers[0]!.id}`, { body: { notes: nasty + "n".repeat(9_000) } });
    await hub.sessionOf("admin").post(`/api/v1/servers/${hub.servers[0]!.id}/actions`, {
      action: "agent.ping",
      args: { [nasty]: nasty },
      reason: nasty,
    });
    const rows = hub.state
      .prepare("SELECT row FROM audit WHERE seq > ?")
      .all(before)
      .map(({ row }) => String(row));
    expect(rows).toHaveLength(4);
    for (const row of rows) {
      // eslint-disable-next-line no-control-regex -- they are what must not be there
      expect(JSON.stringify(JSON.parse(row))).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      const texts = JSON.stringify(JSON.parse(row), (_key, value: unknown) => value);
      expect(texts.length).toBeLessThan(2_000);
      for (const value of Object.values(JSON.parse(row) as Row))
        // eslint-disable-next-line no-control-regex -- as above
        expect(String(value)).not.toMatch(/[\r\n\u001b\u0000]/);
    }
  });
});
