import { ALL_RIGHTS, isRight } from "@muster/core";
import type { Right } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import { LIVE_TOPICS, resources, ROUTES } from "@muster/protocol";
import type { LiveTopicKind, Permission, Route } from "@muster/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CALLERS, MATRIX, MATRIX_ROWS_LEAST } from "./access-matrix.ts";
import type { CallerName } from "./access-matrix.ts";
import { passwordOf, startTestHub } from "./harness.ts";
import type { Answer, Ask, Client, TestHub } from "./harness.ts";
import { liveHeaders, openLive, upgrade } from "./live-socket.ts";
import { newSshKey, newUser } from "./victims.ts";
import { WebSocket } from "ws";

let hub: TestHub;
let tokens: ReadonlyMap<string, Client>;

beforeAll(async () => {
  hub = await startTestHub({
    users: { viewer: "viewer", operator: "operator", admin: "admin" },
    servers: ["lasting", "spare-1", "spare-2"],
    services: ["nginx.service", "php.service", "redis.service"],
  });
  // The scope decides, so the owner is somebody who holds every right.
  const made = new Map<string, Client>();
  for (const right of ALL_RIGHTS) {
    // So many tokens at once nobody may make.
    await hub.clock.advance(2_000);
    made.set(`with ${right}`, await hub.tokenOf("admin", [right]));
    const others = ALL_RIGHTS.filter((other) => other !== right);
    made.set(`without ${right}`, await hub.tokenOf("admin", others));
  }
  tokens = made;
  pushing = await pushingServer();
  for (let count = 0; count < 4; count++) probes.push(await newProbe(`probe-${count}`));
  notifier = await newNotifier();
  const admin = hub.sessionOf("admin");
  for (let count = 0; count <= CALLERS.length; count++) {
    const body = { slug: `walk-${count}`, name: "walked", isEnabled: true };
    statusPages.push((await admin.post("/api/v1/status-pages", body)).json);
  }
  for (let count = 0; count < 4 * CALLERS.length; count++) {
    spareNotifiers.push(await newNotifier());
    const body = { matcher: { tags: ["none"] }, reason: "walked", until: hub.clock.now() + 3_600_000 };
    silences.push((await admin.post("/api/v1/silences", body)).json.id as string);
    rules.push((await admin.post("/api/v1/rules", { ...RULE, name: `walk-${count}` })).json.id as string);
    tasks.push((await admin.post("/api/v1/tasks", { ...taskOfWalk(), name: `walk-${count}` })).json.id as string);
    runs.push((await admin.post(`/api/v1/tasks/${tasks[0]!}/run`)).json.id as string);
    await hub.clock.advance(2_000);
  }
  for (const plan of ["read", "anew", "approved", "started", "aborted"] as const) {
    const made = await admin.post("/api/v1/rollouts", { ...rolloutOfWalk(), needsApproval: plan === "approved" });
    plans.set(plan, made.json.rollout);
  }
  await admin.post(`/api/v1/rollouts/${plans.get("aborted")!.id}/abort`, {});
  for (const needed of [1, 2]) await admin.ask("PUT", needOf(0, needed));
});
afterAll(() => hub[Symbol.asyncDispose]());

const MISSING = "01920000-0000-7000-8000-000000000000";

const tokenFor = (which: "with" | "without", right: Permission): Client =>
  tokens.get(`${which} ${isRight(right) ? right : "self.read"}`)!;

/** A caller with a session of its own where it has one, so that no cell sees what another did. */
function callerNamed(name: CallerName, right: Permission): Client {
  if (name === "nobody") return hub.client();
  if (name === "token with" || name === "token without")
    return tokenFor(name === "token with" ? "with" : "without", right);
  return hub.sessionOf(name);
}

let victims = 0;
function newToken(owner: string): string {
  const id = uuidv7(hub.clock.now());
  hub.state
    .prepare(
      "INSERT INTO api_token (id, user_id, name, secret_hash, scopes, created_at) VALUES (?, ?, 'victim', '', '[]', 0)",
    )
    .run(id, hub.userIds[owner]!);
  return id;
}
function newJoinToken(): string {
  const id = (victims++).toString(16).padStart(10, "0");
  hub.state
    .prepare("INSERT INTO join_token VALUES (?, NULL, '[]', X'00', 1, ?, 'admin', ?, NULL)")
    .run(id, hub.clock.now(), hub.clock.now() + 900_000);
  return id;
}
function newAction(): string {
  const id = uuidv7(hub.clock.now());
  hub.state
    .prepare(
      `INSERT INTO action (id, batch_id, server_id, server_name, action, args, needs, actor, actor_ref, door, reason, state,
        ended_by, outcome, detail, asked_at, not_after, ended_at, audit_seq, audit_hash)
      VALUES (?, ?, ?, 'lasting', 'agent.ping', '{}', 'actions.read', 'admin', '{}', 'http', '', 'ended',
        'server', 'succeeded', '', 0, 0, 0, 1, '')`,
    )
    .run(id, id, lasting());
  return id;
}
const spare = (): string =>
  (hub.servers.find(({ name, id }) => name !== "lasting" && isThere(id)) ?? hub.servers[0]!).id;
const isThere = (id: string): boolean => hub.state.prepare("SELECT 1 FROM server WHERE id = ?").get(id) !== undefined;

let pushing: string;
/** A server that sends heartbeats, made by the API as an administrator would. */
async function pushingServer(): Promise<string> {
  const made = await hub.sessionOf("admin").post("/api/v1/servers", { name: "pushing", link: { kind: "push" } });
  return made.json.server.id as string;
}

const probes: string[] = [];
const TCP_PROBE = { kind: "tcp", settings: { host: "127.0.0.1", port: 9 } };
async function newProbe(name: string): Promise<string> {
  const made = await hub.sessionOf("admin").post("/api/v1/probes", { name, ...TCP_PROBE });
  return made.json.probe.id as string;
}
/** The first stays; the others are for whoever deletes. */
const spareProbe = (): string =>
  probes.find((id, at) => at > 0 && hub.state.prepare("SELECT 1 FROM probe WHERE id = ?").get(id) !== undefined) ??
  probes[0]!;
const probeOf = (is: "existing" | "missing"): string => `/api/v1/probes/${is === "existing" ? probes[0]! : MISSING}`;
let notifier: string;
let notifierCount = 0;
async function newNotifier(): Promise<string> {
  const body = { kind: "log", name: `log-${notifierCount++}`, settings: {} };
  return (await hub.sessionOf("admin").post("/api/v1/notifiers", body)).json.id as string;
}
const notifierOf = (is: "existing" | "missing"): string =>
  `/api/v1/notifiers/${is === "existing" ? notifier : MISSING}`;
/** Straight into the database, as the hub keeps it: rows that no walk through the API can make. */
function inserted(table: string, row: Readonly<Record<string, string | number | null>>): string {
  const names = Object.keys(row);
  const places = names.map(() => "?").join(", ");
  hub.state.prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`).run(...Object.values(row));
  return String(row["id"]);
}
const newIncident = (): string =>
  inserted("incident", {
    ...{ id: uuidv7(hub.clock.now()), rule_id: MISSING, rule_name: "walked", state: "resolved", severity: "info" },
    ...{ opened_at: 1, resolved_at: 2, reopened: 0 },
  });
/** Kept in memory by the hub, so they come through the door. */
const statusPages: { readonly id: string; readonly slug: string }[] = [];
const lastStatusPage = (): { readonly id: string; readonly slug: string } => statusPages.at(-1)!;
const spareNotifiers: string[] = [];
const silences: string[] = [];
const newDelivery = (): string =>
  inserted("delivery", {
    ...{ id: uuidv7(hub.clock.now()), notifier_id: notifier, notice: '{"kind":"test","title":"walked"}' },
    ...{ state: "failed", attempts: 1, asked_at: 1, next_at: 1, ended_at: 2, detail: "walked" },
  });
const incidentOf = (is: "existing" | "missing"): string =>
  `/api/v1/incidents/${is === "existing" ? newIncident() : MISSING}`;
const rules: string[] = [];
const RULE = { condition: { is: "offline", severity: "critical" } };

const tasks: string[] = [];
const runs: string[] = [];
/** It waits for its server, which is not connected. */
const taskOfWalk = () => ({
  schedule: { is: "once", at: hub.clock.now() + 365 * 86_400_000 },
  work: { is: "action", action: "agent.ping", targets: { servers: [hub.servers[0]!.id] } },
  overlap: "queue",
  // So that the runs of this walk are still to come when one is cancelled.
  retries: { most: 10, delayMs: 3_600_000 },
});
const taskOf = (is: "existing" | "missing"): string => `/api/v1/tasks/${is === "existing" ? tasks[1]! : MISSING}`;

const plans = new Map<string, { readonly id: string; readonly sha256: string }>();
const rolloutOfWalk = () => ({
  ...{ name: "walked", action: "service.restart", targets: { services: [hub.serviceIds[0]!] } },
});
const rolloutOf = (is: "existing" | "missing", plan: string): string =>
  `/api/v1/rollouts/${is === "existing" ? plans.get(plan)!.id : MISSING}`;
const sha256Of = (plan: string) => ({ body: { sha256: plans.get(plan)!.sha256 } });
const needOf = (service: number, needed: number): string =>
  `/api/v1/services/${hub.serviceIds[service]!}/needs/${hub.serviceIds[needed]!}`;

const PING = "/api/v1/pings/mpg1.0123456789abcdefghijkl";

type Knock = (caller: CallerName, is: "existing" | "missing") => readonly [path: string, ask?: Ask];
const lasting = (): string => hub.servers[0]!.id;
const roleOf = (caller: CallerName): string => (caller.startsWith("token") || caller === "nobody" ? "admin" : caller);

/** What to send through each door. Doors without an entry are asked by their path alone. */
const KNOCKS: Readonly<Record<string, Knock>> = {
  "POST /api/v1/setup": () => [
    "/api/v1/setup",
    { body: { code: "x", name: "first", password: "twelve or more characters" } },
  ],
  "POST /api/v1/login": (caller, is) => {
    const name = roleOf(caller);
    return ["/api/v1/login", { body: { name: is === "existing" ? name : "stranger", password: passwordOf(name) } }];
  },
  "POST /api/v1/me/prove": (caller, is) => [
    "/api/v1/me/prove",
    { body: { password: is === "existing" ? passwordOf(roleOf(caller)) : "not the password" } },
  ],
  "POST /api/v1/me/password": (caller, is) => {
    const password = passwordOf(roleOf(caller));
    return ["/api/v1/me/password", { body: { current: is === "existing" ? password : "not it", next: password } }];
  },
  "POST /api/v1/users": () => [
    "/api/v1/users",
    { body: { name: `made-${victims++}`, password: "twelve or more characters", role: "viewer" } },
  ],
  "PATCH /api/v1/users/{id}": (_caller, is) => [
    `/api/v1/users/${is === "existing" ? newUser(hub) : MISSING}`,
    { body: { role: "operator" } },
  ],
  "DELETE /api/v1/users/{id}": (_caller, is) => [`/api/v1/users/${is === "existing" ? newUser(hub) : MISSING}`],
  "POST /api/v1/probes": () => ["/api/v1/probes", { body: { name: `made-${victims++}`, ...TCP_PROBE } }],
  "GET /api/v1/incidents/{id}": (_caller, is) => [incidentOf(is)],
  "POST /api/v1/incidents/{id}/acknowledge": (_caller, is) => [`${incidentOf(is)}/acknowledge`, { body: {} }],
  "POST /api/v1/incidents/{id}/snooze": (_caller, is) => [`${incidentOf(is)}/snooze`, { body: { until: null } }],
  "POST /api/v1/incidents/{id}/notes": (_caller, is) => [`${incidentOf(is)}/notes`, { body: { text: "walked" } }],
  "POST /api/v1/silences": () => [
    "/api/v1/silences",
    { body: { matcher: { tags: ["none"] }, reason: "walked", until: hub.clock.now() + 60_000 } },
  ],
  "DELETE /api/v1/silences/{id}": (_caller, is) => [
    `/api/v1/silences/${is === "existing" ? silences.pop()! : MISSING}`,
  ],
  "POST /api/v1/notifier-previews": () => ["/api/v1/notifier-previews", { body: { kind: "log", settings: {} } }],
  "POST /api/v1/status-pages": () => [
    "/api/v1/status-pages",
    { body: { slug: `made-${victims++}`, name: "walked", isEnabled: true } },
  ],
  "PATCH /api/v1/status-pages/{id}": (_caller, is) => [
    `/api/v1/status-pages/${is === "existing" ? lastStatusPage().id : MISSING}`,
    { body: { name: "walked" } },
  ],
  "DELETE /api/v1/status-pages/{id}": (_caller, is) => [
    `/api/v1/status-pages/${is === "existing" ? statusPages.shift()!.id : MISSING}`,
  ],
  "GET /status/{slug}": (_caller, is) => [`/status/${is === "existing" ? lastStatusPage().slug : "none"}`],
  "POST /api/v1/rules": () => ["/api/v1/rules", { body: { ...RULE, name: `made-${victims++}` } }],
  "PUT /api/v1/rules/{id}": (_caller, is) => [
    `/api/v1/rules/${is === "existing" ? rules[0]! : MISSING}`,
    { body: { ...RULE, name: "walked" } },
  ],
  "DELETE /api/v1/rules/{id}": (_caller, is) => [`/api/v1/rules/${is === "existing" ? rules.pop()! : MISSING}`],
  "POST /api/v1/tasks": () => ["/api/v1/tasks", { body: { ...taskOfWalk(), name: `made-${victims++}` } }],
  "GET /api/v1/tasks/{id}": (_caller, is) => [taskOf(is)],
  "PUT /api/v1/tasks/{id}": (_caller, is) => [taskOf(is), { body: { ...taskOfWalk(), name: "walked" } }],
  "DELETE /api/v1/tasks/{id}": (_caller, is) => [`/api/v1/tasks/${is === "existing" ? tasks.pop()! : MISSING}`],
  "POST /api/v1/tasks/{id}/enable": (_caller, is) => [`${taskOf(is)}/enable`, { body: {} }],
  "POST /api/v1/tasks/{id}/run": (_caller, is) => [`${taskOf(is)}/run`, {}],
  "POST /api/v1/task-previews": () => [
    "/api/v1/task-previews",
    { body: { schedule: { is: "cron", expression: "0 3 * * *" } } },
  ],
  "GET /api/v1/runs/{id}": (_caller, is) => [`/api/v1/runs/${is === "existing" ? runs[0]! : MISSING}`],
  "POST /api/v1/runs/{id}/cancel": (_caller, is) => [
    `/api/v1/runs/${is === "existing" ? runs.pop()! : MISSING}/cancel`,
    {},
  ],
  "PUT /api/v1/services/{id}/needs/{needed}": (_caller, is) => [
    is === "existing" ? needOf(1, 2) : `/api/v1/services/${MISSING}/needs/${MISSING}`,
  ],
  // One for each caller that may.
  "DELETE /api/v1/services/{id}/needs/{needed}": (caller, is) => [
    is === "existing" ? needOf(0, caller === "admin" ? 1 : 2) : `/api/v1/services/${MISSING}/needs/${MISSING}`,
  ],
  "GET /api/v1/services/graph": () => ["/api/v1/services/graph"],
  "POST /api/v1/rollouts": () => ["/api/v1/rollouts", { body: rolloutOfWalk() }],
  "GET /api/v1/rollouts/{id}": (_caller, is) => [rolloutOf(is, "read")],
  "PUT /api/v1/rollouts/{id}": (_caller, is) => [rolloutOf(is, "anew"), { body: rolloutOfWalk() }],
  "POST /api/v1/rollouts/{id}/approve": (_caller, is) => [`${rolloutOf(is, "approved")}/approve`, sha256Of("approved")],
  "POST /api/v1/rollouts/{id}/start": (_caller, is) => [`${rolloutOf(is, "started")}/start`, sha256Of("started")],
  "POST /api/v1/rollouts/{id}/pause": (_caller, is) => [`${rolloutOf(is, "read")}/pause`, {}],
  "POST /api/v1/rollouts/{id}/resume": (_caller, is) => [`${rolloutOf(is, "read")}/resume`, {}],
  "POST /api/v1/rollouts/{id}/abort": (_caller, is) => [`${rolloutOf(is, "aborted")}/abort`, { body: {} }],
  "POST /api/v1/rule-previews": () => [
    "/api/v1/rule-previews",
    {
      body: {
        rule: {
          name: "walked",
          condition: { is: "metric", metric: "load1", levels: [{ severity: "info", threshold: 9 }] },
        },
        ...{ from: 0, to: 60_000 },
      },
    },
  ],
  "POST /api/v1/notifiers": () => [
    "/api/v1/notifiers",
    { body: { kind: "log", name: `made-${victims++}`, settings: {} } },
  ],
  "PATCH /api/v1/notifiers/{id}": (_caller, is) => [notifierOf(is), { body: { repeatMs: 60_000 } }],
  "DELETE /api/v1/notifiers/{id}": (_caller, is) => [
    is === "existing" ? `/api/v1/notifiers/${spareNotifiers.pop()!}` : notifierOf(is),
  ],
  "POST /api/v1/notifiers/{id}/test": (_caller, is) => [`${notifierOf(is)}/test`],
  "POST /api/v1/notifiers/{id}/messages": (_caller, is) => [`${notifierOf(is)}/messages`, { body: { text: "walked" } }],
  "POST /api/v1/telegram/{id}": (_caller, is) => [
    `/api/v1/telegram/${is === "existing" ? notifier : MISSING}`,
    { body: { update_id: 1 } },
  ],
  "POST /api/v1/deliveries/{id}/retry": (_caller, is) => [
    `/api/v1/deliveries/${is === "existing" ? newDelivery() : MISSING}/retry`,
  ],
  "GET /api/v1/probes/{id}": (_caller, is) => [probeOf(is)],
  "PATCH /api/v1/probes/{id}": (_caller, is) => [probeOf(is), { body: { tags: ["walked"] } }],
  "DELETE /api/v1/probes/{id}": (_caller, is) => [is === "existing" ? `/api/v1/probes/${spareProbe()}` : probeOf(is)],
  "POST /api/v1/probes/{id}/run": (_caller, is) => [`${probeOf(is)}/run`],
  "POST /api/v1/probe-trials": () => ["/api/v1/probe-trials", { body: TCP_PROBE }],
  "POST /api/v1/probes/{id}/acts/{act}": (_caller, is) => [`${probeOf(is)}/acts/none`, { body: {} }],
  "POST /api/v1/probes/{id}/ping-url": (_caller, is) => [`${probeOf(is)}/ping-url`],
  "POST /api/v1/pings/{token}": () => [PING],
  "POST /api/v1/pings/{token}/{signal}": () => [`${PING}/fail`],
  "POST /api/v1/tokens": () => ["/api/v1/tokens", { body: { name: "walk", scopes: ["self.read"] } }],
  "DELETE /api/v1/tokens/{id}": (caller, is) => [
    `/api/v1/tokens/${is === "existing" ? newToken(roleOf(caller)) : MISSING}`,
  ],
  "POST /api/v1/join-tokens": () => ["/api/v1/join-tokens", { body: {} }],
  "DELETE /api/v1/join-tokens/{id}": (_caller, is) => [
    `/api/v1/join-tokens/${is === "existing" ? newJoinToken() : "ffffffffff"}`,
  ],
  "POST /api/v1/servers": () => ["/api/v1/servers", { body: { name: `made-${victims++}`, link: { kind: "push" } } }],
  "POST /api/v1/servers/register": () => ["/api/v1/servers/register", { body: { name: "register" } }],
  "POST /api/v1/servers/{id}/heartbeat": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? pushing : MISSING}/heartbeat`,
    { body: { metrics: { cpu_percent: 1 } } },
  ],
  "POST /api/v1/servers/{id}/token": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? pushing : MISSING}/token`,
  ],
  "GET /api/v1/servers/{id}/link": (_caller, is) => [`/api/v1/servers/${is === "existing" ? pushing : MISSING}/link`],
  "PUT /api/v1/servers/{id}/link": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? pushing : MISSING}/link`,
    { body: { link: { kind: "push" } } },
  ],
  "POST /api/v1/servers/{id}/link/host-key": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? pushing : MISSING}/link/host-key`,
    { body: { fingerprint: "SHA256:none" } },
  ],
  "POST /api/v1/servers/{id}/link/test": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? pushing : MISSING}/link/test`,
  ],
  "POST /api/v1/link-tests": () => ["/api/v1/link-tests", { body: { link: { kind: "push" } } }],
  "POST /api/v1/servers/{id}/refresh": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? pushing : MISSING}/refresh`,
  ],
  "POST /api/v1/servers/{id}/agent": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? pushing : MISSING}/agent`,
    { body: { action: "deploy" } },
  ],
  "GET /api/v1/deployments/{id}": () => [`/api/v1/deployments/${MISSING}`],
  "POST /api/v1/ssh-keys/{id}/replacements": (_caller, is) => [
    `/api/v1/ssh-keys/${is === "existing" ? newSshKey(hub) : MISSING}/replacements`,
    { body: { newKeyId: MISSING } },
  ],
  "GET /api/v1/key-replacements/{id}": () => [`/api/v1/key-replacements/${MISSING}`],
  "POST /api/v1/ssh-keys": () => ["/api/v1/ssh-keys", { body: { name: `made-${victims++}` } }],
  "DELETE /api/v1/ssh-keys/{id}": (_caller, is) => [`/api/v1/ssh-keys/${is === "existing" ? newSshKey(hub) : MISSING}`],
  "PATCH /api/v1/servers/{id}": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? lasting() : MISSING}`,
    { body: { notes: "walked" } },
  ],
  "PUT /api/v1/servers/{id}/parents": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? lasting() : MISSING}/parents`,
    { body: {} },
  ],
  "DELETE /api/v1/servers/{id}": (_caller, is) => [`/api/v1/servers/${is === "existing" ? spare() : MISSING}`],
  "POST /api/v1/servers/{id}/actions": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? lasting() : MISSING}/actions`,
    { body: { action: "agent.ping" } },
  ],
  "POST /api/v1/actions": (_caller, is) => [
    "/api/v1/actions",
    { body: { action: "agent.ping", targets: { servers: [is === "existing" ? lasting() : MISSING] } } },
  ],
  "GET /api/v1/actions/{id}": (_caller, is) => [`/api/v1/actions/${is === "existing" ? newAction() : MISSING}`],
  "PUT /api/v1/servers/{id}/definitions/{driver}/{name}": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? lasting() : MISSING}/definitions/process/web`,
    { body: { definition: { command: ["/usr/bin/true"] } } },
  ],
  "DELETE /api/v1/servers/{id}/definitions/{driver}/{name}": (_caller, is) => [
    `/api/v1/servers/${is === "existing" ? lasting() : MISSING}/definitions/process/web`,
  ],
  "PUT /api/v1/system/retention": () => [
    "/api/v1/system/retention",
    { body: { samplesDays: 30, minutesDays: 90, hoursDays: 365, bytesMax: null } },
  ],
  "GET /api/v1/metrics/query": (_caller, is) => [
    `/api/v1/metrics/query?server=${is === "existing" ? lasting() : MISSING}&metric=cpu_busy_ratio&from=0&to=60000`,
  ],
  "GET /api/v1/logs": (_caller, is) => [`/api/v1/logs?file=${is === "existing" ? lasting() : MISSING}:/var/log/x`],
  "GET /api/v1/metrics/export": (_caller, is) => [
    `/api/v1/metrics/export?server=${is === "existing" ? lasting() : MISSING}&metric=cpu_busy_ratio&from=0&to=60000`,
  ],
};

const knockOf = (door: string, caller: CallerName, is: "existing" | "missing"): readonly [path: string, ask?: Ask] => {
  const path = door.split(" ")[1]!;
  const existing = path.startsWith("/api/v1/services/") ? hub.serviceIds[0]! : lasting();
  return KNOCKS[door]?.(caller, is) ?? [path.replace("{id}", is === "existing" ? existing : MISSING)];
};

/** Nothing beside what the route promises, in an answer or an error. */
function expectPromised(door: string, answer: Answer): void {
  const route = (ROUTES as Readonly<Record<string, Route>>)[door];
  const schema = answer.status >= 400 ? resources.errorBody : route?.answer;
  if (route?.streamed && answer.status === 200) {
    const type = String(answer.headers["content-type"]).replace("; charset=utf-8", "");
    expect(route.streamed, `${door} answers as it promises`).toContain(type);
    if (type !== "application/json") return;
  }
  if (!schema || answer.status === 204) return;
  expect(schema.parse(answer.json), `${door} answers more than it promises`).toEqual(answer.json);
}

describe("[AZ-01] the matrix", () => {
  test("[AZ-01] has a row for every door, a door for every row, and no fewer rows than before", () => {
    const doors = [...Object.keys(ROUTES), ...Object.keys(LIVE_TOPICS).map((kind) => `live ${kind}`)];
    const rows = Object.keys(MATRIX);
    expect(doors.filter((door) => !rows.includes(door))).toEqual([]);
    const plain = rows.filter((row) => !doors.includes(row));
    expect(plain).toEqual(
      ["/healthz", "/readyz", "/status/{slug}", "/metrics", "/api/v1/openapi.json", "/api/docs", "/api/docs.css"].map(
        (path) => `GET ${path}`,
      ),
    );
    expect(rows.length).toBeGreaterThanOrEqual(MATRIX_ROWS_LEAST);
  });

  test("[AZ-01] names the right that the table asks for", () => {
    const asked = Object.entries(ROUTES as Readonly<Record<string, Route>>).map(([door, { permission }]) => [
      door,
      permission,
    ]);
    const topics = Object.entries(LIVE_TOPICS).map(([kind, right]): [string, Right] => [`live ${kind}`, right]);
    for (const [door, right] of [...asked, ...topics] as [string, Permission][])
      expect([door, MATRIX[door]?.right]).toEqual([door, right]);
  });

  test.for(Object.keys(MATRIX).filter((door) => !door.startsWith("live ")))("[AZ-01] %s", async (door) => {
    const { right, existing, missing } = MATRIX[door]!;
    // The doors before have used up some of what one user may send.
    await hub.clock.advance(30_000);
    for (const is of ["existing", "missing"] as const) {
      const expected = is === "existing" ? existing : missing;
      if (expected === "-") continue;
      const got: string[] = [];
      for (const caller of CALLERS) {
        const [path, ask] = knockOf(door, caller, is);
        const answer = await callerNamed(caller, right).ask(door.split(" ")[0]!, path, ask);
        got.push(String(answer.status));
        expectPromised(door, answer);
      }
      expect(got.join(" "), is).toBe(expected);
    }
  });

  test.for(Object.keys(LIVE_TOPICS) as LiveTopicKind[])("[AZ-01] live %s", async (kind) => {
    const { right, existing, missing } = MATRIX[`live ${kind}`]!;
    for (const is of ["existing", "missing"] as const) {
      const expected = is === "existing" ? existing : missing;
      if (expected === "-") continue;
      const id =
        kind === "join-token"
          ? is === "existing"
            ? newJoinToken()
            : "ffffffffff"
          : is === "existing"
            ? kind === "ledger"
              ? hub.serviceIds[0]!
              : lasting()
            : MISSING;
      // What has no case that is missing is one of a kind.
      const topic = missing === "-" ? kind : `${kind}/${id}`;
      const got: string[] = [];
      for (const caller of CALLERS) got.push(await knockLive(callerNamed(caller, right), topic));
      expect(got.join(" "), is).toBe(expected);
    }
  });
});

async function knockLive(client: Client, topic: string): Promise<string> {
  if (client.cookie === undefined) {
    const secret = (client as Partial<{ secret: string }>).secret;
    const authorization = secret === undefined ? undefined : `Bearer ${secret}`;
    const refused = await upgrade(hub, "/api/v1/live", { ...liveHeaders(hub, client), authorization });
    if (refused instanceof WebSocket) throw new Error("a caller without a session got in");
    return String(refused.status);
  }
  const live = await openLive(hub, client);
  live.send({ t: "subscribe", topic });
  const said = await live.next((message) => message.topic === topic, `an answer to ${topic}`);
  await live.close();
  return said.t === "state" ? "state" : (said.code as string);
}
