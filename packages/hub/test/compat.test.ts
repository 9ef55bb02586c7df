import { hostname } from "node:os";
import { HOUR_MS, MINUTE_MS } from "@muster/core";
import { sign, toBase64url } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { CommandCore, ResultBody, WireService } from "@muster/protocol";
import { connectAs, MarzbanStandIn, waitFor } from "@muster/testkit";
import type { ScriptedAgent } from "@muster/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { integerOf } from "../src/http/compat/server-ids.ts";
import { passwordOf, startTestHub, wireService } from "./harness.ts";
import type { Answer, Client, TestHub, TestServer } from "./harness.ts";

let hub: TestHub;
let alpha: TestServer;
let beta: TestServer;
let agent: ScriptedAgent;
let admin: Client;

const GIB = 1024 ** 3;
const FACTS = {
  ...{ hostName: hostname(), osName: "Debian GNU/Linux", osVersion: "12", osId: "debian", kernel: "6.1.0" },
  ...{ architecture: "x86_64", cpuModel: null, cpuCount: 4, memoryBytes: 8 * GIB, virtualisation: "kvm" },
  ...{
    container: "none",
    bootId: null,
    addresses: ["10.0.0.7"],
    externalAddress: null,
    nodeVersion: null,
    sources: {},
  },
};
const SERVICES: readonly Partial<WireService>[] = [
  { name: "nginx.service", pid: 71, memoryBytes: 50 * 1024 ** 2, since: 0, ports: [80], restarts: 2 },
  { driver: "channel", name: "1", description: "News", state: "running", rawState: "running 12:34:56 30fps@1234Kbps" },
  { driver: "channel", name: "2", state: "stopped", rawState: "idle", health: "unknown" },
  { driver: "channel", name: "live/news", state: "stopped", rawState: "nobody publishes", health: "unknown" },
  {
    ...{ driver: "process", name: "api", kind: "backend", defined: "hub", ports: [80, 8080] },
    ...{ urls: ["http://10.0.0.7:8080", "https://api.tail1.ts.net"], state: "failed", health: "unhealthy" },
    lastExit: { code: 3, signal: null, detail: "" },
  },
  { driver: "container", name: "db", kind: "backend" },
  { name: "twice" },
  { driver: "process", name: "twice" },
];
const READINGS: readonly (readonly [metric: string, value: number, labels?: Record<string, string>])[] = [
  ["cpu_busy_ratio", 0.25],
  ["cpu_core_busy_ratio", 0.1, { core: "0" }],
  ["cpu_core_busy_ratio", 0.4, { core: "1" }],
  ["memory_used_ratio", 0.5],
  ["memory_used_bytes", 4 * GIB],
  ["memory_total_bytes", 8 * GIB],
  ["filesystem_used_ratio", 0.4, { mount: "/" }],
  ["filesystem_used_bytes", 40 * GIB, { mount: "/" }],
  ["filesystem_total_bytes", 100 * GIB, { mount: "/" }],
  ["load1", 0.75],
  ["load5", 0.93],
  ["load15", 1.18],
  ["uptime_seconds", 3_300],
  ["temperature_celsius", 51.5, { sensor: "cpu" }],
  ["network_machine_receive_bytes_total", 1024 ** 2],
  ["network_machine_transmit_bytes_total", 2 * 1024 ** 2],
  ["network_receive_bytes_total", 5, { interface: "eth0" }],
  ["network_transmit_bytes_total", 6, { interface: "eth0" }],
];
const PROCESS = {
  ...{ pid: 4_242, ppid: 1, name: "stuck", commandLine: "/usr/bin/stuck --for ever", user: "www", state: "R" },
  ...{ cpuRatio: 0.5, residentBytes: GIB, threads: 1, startedAt: 0, startTicks: 987 },
};

let seq = 0;
/** Alpha sends its readings once more, as of now. */
async function read(): Promise<void> {
  const define = READINGS.map(([metric, , labels]) => ({ metric, ...(labels && { labels }) }));
  const rows = [[hub.clock.now(), ...READINGS.map(([, value]) => value)]];
  agent.send({ t: "batch", seq: ++seq, layout: 0, rows, ...(seq === 1 && { define }) });
  await agent.acknowledged(seq);
}

beforeAll(async () => {
  hub = await startTestHub({ servers: ["alpha", "beta"] });
  [alpha, beta] = hub.servers as [TestServer, TestServer];
  agent = await connectAs(hub.running.address, { ...alpha, serverId: alpha.id }, { at: hub.clock.now() });
  agent.send({ t: "facts", facts: FACTS });
  const services = SERVICES.map(wireService);
  agent.send({ t: "services", whole: true, removed: [], ledgerId: "ab12", ledgerSeq: 0, services });
  await read();
  admin = hub.sessionOf("admin");
  await waitFor(
    async () => {
      const { json } = await admin.get(`/api/v1/servers/${alpha.id}`);
      return json.facts !== null && json.services.total === SERVICES.length;
    },
    { describe: () => "the hub knows alpha" },
  );
});
afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});
beforeEach(() => {
  admin = hub.sessionOf("admin");
});

/** The next command, and its answer by the server. */
async function answerNext(change: Partial<ResultBody> = {}): Promise<CommandCore> {
  const core = JSON.parse((await agent.next("cmd")).c) as CommandCore;
  const result = { cmd: core.cmd, outcome: "succeeded", detail: "seen", startedAt: 1, endedAt: 2, ...change };
  const body = JSON.stringify(result);
  agent.send({ t: "result", body, sig: toBase64url(sign(alpha.keys.privateKey, contextBytes("result", [body]))) });
  return core;
}
/** As a script would ask: no cookie, no Origin. */
const bearing = (method: string, path: string, authorization: string | undefined, body?: object): Promise<Answer> =>
  hub.client().ask(method, path, { body, headers: { origin: undefined, authorization } });

describe("S1, the IPTV panel", () => {
  test("[CP8] [CP10] a box has config and state: cores and channels, percent, times of the hub's zone", async () => {
    const { json } = await admin.get(`/compat/s1/api/servers/${alpha.id}`);
    expect(json).toEqual({
      config: { id: alpha.id, name: "alpha", host: FACTS.hostName, port: null, description: null },
      state: {
        ...{ server_id: alpha.id, status: "online", cpu_cores: [10, 40], cpu_avg: 25, error_message: null },
        channels: [
          { id: 1, name: "News", state: "running", status: "running 12:34:56 30fps@1234Kbps" },
          { id: 2, name: "Channel 2", state: "idle", status: "idle" },
        ],
        last_poll_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+$/),
      },
    });
    // A time without a zone is read as the reader's own, which is the hub's here.
    expect(new Date(json.state.last_poll_time as string).getTime()).toBe(hub.clock.now());
    const list = (await admin.get("/compat/s1/api/servers")).json as { config: { name: string } }[];
    expect(list.map(({ config }) => config.name)).toEqual(["alpha", "beta"]);
    expect((await admin.get(`/api/servers/${alpha.id}/status`)).json).toEqual({
      ...{ id: alpha.id, cpu: [10, 40] },
      channels: [
        { id: 1, name: "News", status: "running 12:34:56 30fps@1234Kbps" },
        { id: 2, name: "Channel 2", status: "idle" },
      ],
    });
  });

  test("[CP9] a channel is restarted by its number; the answer is the outcome", async () => {
    const asked = admin.post(`/api/servers/${alpha.id}/channels/1/restart`);
    const core = await answerNext();
    expect(core).toMatchObject({ action: "service.restart", args: { driver: "channel", name: "1" } });
    expect((await asked).json).toEqual({
      ...{ success: true, message: "Channel 1 restarted", channel_id: 1, server_id: alpha.id },
    });
  });

  test.each(["failed", "refused", "unknown"] as const)("[CP9] an outcome %s is 500 and a sentence", async (outcome) => {
    const asked = admin.post(`/compat/s1/api/servers/${alpha.id}/channels/2/start`);
    await answerNext({ outcome, detail: "it is stuck" });
    const { status, json } = await asked;
    expect([status, json]).toEqual([500, { detail: `${outcome}: it is stuck` }]);
  });

  test("[CP9] no outcome within a minute is no success, and the action goes on", async () => {
    const asked = admin.post(`/compat/s1/api/servers/${alpha.id}/channels/2/start`);
    const { cmd } = JSON.parse((await agent.next("cmd")).c) as CommandCore;
    await hub.clock.advance(MINUTE_MS + 1_000);
    const { status, json } = await asked;
    expect([status, json.detail]).toEqual([500, expect.stringContaining(cmd)]);
    const body = JSON.stringify({ cmd, outcome: "succeeded", detail: "late", startedAt: 1, endedAt: 2 });
    agent.send({ t: "result", body, sig: toBase64url(sign(alpha.keys.privateKey, contextBytes("result", [body]))) });
    await waitFor(async () => (await admin.get(`/api/v1/actions/${cmd}`)).json.outcome === "succeeded", {
      describe: () => "the late outcome",
    });
  });

  test("[AZ-02] a viewer restarts no channel, and what a path grants is what the action needs", async () => {
    const path = `/api/servers/${alpha.id}/channels/1/restart`;
    expect((await hub.sessionOf("viewer").post(path)).status).toBe(403);
    const token = await hub.tokenOf("admin", ["actions.read", "servers.read"]);
    const { status, json } = await token.post(path);
    expect([status, Object.keys(json as object)]).toEqual([403, ["detail"]]);
  });
});

describe("S2, the service manager", () => {
  test("schedules of services are kept, shown, changed and deleted by name, and are tasks that run", async () => {
    const nightly = {
      name: "nightly",
      cron_expression: "30 2 * * *",
      action: "restart",
      service_name: "alpha~nginx.service",
    };
    const wrong = await admin.post("/api/tasks", { ...nightly, cron_expression: "30 2 * *" });
    expect([wrong.status, JSON.stringify(wrong.json)]).toEqual([400, expect.stringContaining("five fields")]);
    const gone = await admin.post("/api/tasks", { ...nightly, service_name: "nobody" });
    expect(gone.status).toBe(404);
    expect((await admin.post("/api/tasks", nightly)).json).toMatchObject({ success: true });
    expect((await admin.post("/api/tasks", nightly)).status, "S2 says 400 where a name is taken").toBe(400);
    const [listed, ...others] = (await admin.get("/compat/s2/api/tasks")).json as Record<string, unknown>[];
    expect(others).toEqual([]);
    expect(listed).toMatchObject({ name: "nightly", cron_expression: "30 2 * * *", action: "restart", enabled: true });
    expect(listed!["next_run"]).toMatch(/T02:30:00/);
    expect((await admin.ask("PUT", "/api/tasks/nightly", { body: { enabled: false } })).status).toBe(200);
    expect(await admin.get("/api/tasks")).toMatchObject({
      json: [{ name: "nightly", enabled: false, next_run: null }],
    });
    const [own] = (await admin.get("/api/v1/tasks")).json["items"] as Record<string, unknown>[];
    expect(own).toMatchObject({ isEnabled: false, work: { action: "service.restart" }, owner: "admin" });
    expect((await hub.sessionOf("viewer").ask("DELETE", "/api/tasks/nightly")).status).toBe(403);
    expect((await admin.ask("DELETE", "/api/tasks/nightly")).status).toBe(200);
    expect((await admin.ask("DELETE", "/api/tasks/nightly")).status).toBe(404);
  });

  test("[CP8] the status of a service, with its process and its last error", async () => {
    const list = (await admin.get("/compat/s2/api/status")).json as { name: string }[];
    expect(list.find(({ name }) => name === "nginx.service")).toMatchObject({
      ...{ kind: "other", running: true, pid_count: 1, ports: [80], port_status: [], detected_ports: [] },
      processes: [{ pid: 71, name: "nginx.service", memory: 50 * 1024 ** 2, create_time: 0 }],
      runtime: { errors: [], restart_count: 2, last_error: null },
    });
    expect(list.find(({ name }) => name === "api")).toMatchObject({
      ...{ kind: "backend", running: false, processes: [], api_url: "http://10.0.0.7:8080" },
      tailscale_url: "https://api.tail1.ts.net",
      runtime: { uptime: null, start_time: null, last_error: "ended with 3", errors: ["ended with 3"] },
    });
  });

  test("[CP11] a name that two have is told apart, and by itself does nothing", async () => {
    const list = (await admin.get("/compat/s2/api/status")).json as { name: string }[];
    const names = list.map(({ name }) => name);
    expect(new Set(names).size).toBe(SERVICES.length);
    expect(names).not.toContain("twice");
    const { json } = await admin.post("/api/service/twice/stop");
    expect(json).toEqual({ success: false, message: expect.stringContaining("Several services are called twice") });
    expect((await admin.get("/api/v1/actions?limit=1")).json.items[0].action).not.toBe("service.stop");
  });

  test("definitions are told with their command lines where the server can be asked", async () => {
    const asked = admin.get("/compat/s2/api/services");
    const call = await agent.next("call");
    const definition = { driver: "process", name: "api", command: ["/usr/bin/api", "--port"], directory: "/srv/api" };
    agent.send({
      t: "reply",
      id: call.id,
      ok: true,
      result: { definitions: [{ definition, from: "hub" }], problems: [] },
    });
    expect((await asked).json).toEqual([
      {
        ...{ name: "api", kind: "backend", start_cmd: "/usr/bin/api --port", working_dir: "/srv/api" },
        ...{ match_keywords: [], ports: [80, 8080], api_url: "http://10.0.0.7:8080" },
        ...{ tailscale_url: "https://api.tail1.ts.net", description: null },
      },
    ]);
  });

  test("[CP9] services by name at both spellings of the path; failures are 200 and say why", async () => {
    const started = admin.post("/api/service/nginx.service/restart");
    await answerNext();
    expect((await started).json).toEqual({ success: true, message: "nginx.service: restart done" });
    const refused = admin.post("/compat/s2/api/service/alpha~nginx.service/stop");
    await answerNext({ outcome: "refused", detail: "no entry allows service.stop" });
    expect([(await refused).status, (await refused).json]).toEqual([
      200,
      { success: false, message: "refused: no entry allows service.stop" },
    ]);
    const command = admin.post(`/api/servers/${alpha.id}/command`, { action: "start", service_name: "nginx" });
    expect((await answerNext()).args).toEqual({ driver: "systemd", name: "nginx.service" });
    expect((await command).json).toEqual({
      ...{ success: true, implemented: true, message: "nginx: start done", requested_action: "start" },
      service_name: "nginx",
    });
  });

  test("[CP9] all services of a kind are stopped, and it counts those that did", async () => {
    const asked = admin.post("/api/bulk/stop/backend");
    await answerNext();
    await answerNext({ outcome: "failed", detail: "still there" });
    const { json } = await asked;
    expect(json).toEqual({ success: false, count: 1, message: "failed: 1 of 2 not stopped: still there" });
    expect((await admin.post("/api/bulk/stop/none")).json).toMatchObject({ success: false, count: 0 });
  });

  test("[SE-11] stopping a whole kind needs a fresh proof, as everywhere", async () => {
    const operator = hub.sessionOf("operator");
    hub.clock.stepWallTime(6 * MINUTE_MS);
    const { status } = await operator.post("/api/bulk/stop/backend");
    hub.clock.stepWallTime(-6 * MINUTE_MS);
    expect(status).toBe(403);
  });

  test("a service is added as a program and arguments; a line for a shell is refused before anything happens", async () => {
    const added = admin.post("/api/service/add", {
      ...{ name: "web", kind: "frontend", start_cmd: "/usr/bin/web --port 81", working_dir: "/srv", ports: [81] },
      match_keywords: ["web"],
    });
    const core = await answerNext();
    expect(JSON.parse(String(core.args["definition"]))).toMatchObject({
      ...{ name: "web", command: ["/usr/bin/web", "--port", "81"], directory: "/srv", kind: "frontend", ports: [81] },
    });
    expect((await added).json).toEqual({ success: true, message: "web added", warnings: [] });
    for (const start_cmd of [
      "web --port 81",
      "/bin/sh -c 'x; y'",
      "/usr/bin/web $PORT",
      "/usr/bin/web > /tmp/x",
      "/a|b",
    ]) {
      const { status, json } = await admin.post("/api/service/add", { name: "web", start_cmd });
      expect([start_cmd, status, json.detail.message]).toEqual([start_cmd, 400, "Validation failed"]);
    }
    const removed = admin.ask("DELETE", "/api/service/api");
    expect((await answerNext()).action).toBe("service.undefine");
    expect((await removed).json).toEqual({ success: true, message: "api removed" });
    expect((await admin.ask("DELETE", "/api/service/nginx.service")).json.success).toBe(false);
  });

  test("[CP3] a script registers with a join token and sends heartbeats with its own, and nothing else", async () => {
    const { token: join } = (await admin.post("/api/v1/join-tokens", { name: "box" })).json;
    const body = { name: "box", host: "box.lan", ip: "10.1.1.1", tags: ["edge"], services: ["x"], metadata: { a: 1 } };
    const refused = await bearing("POST", "/api/servers/register", undefined, body);
    expect([refused.status, Object.keys(refused.json as object)]).toEqual([403, ["detail"]]);
    const made = await bearing("POST", "/api/servers/register", `BEARER ${join}`, body);
    expect([made.status, made.json]).toEqual([
      200,
      { success: true, server_id: expect.any(String), message: "Server enrolled", token: expect.any(String) },
    ]);
    const { server_id: id, token } = made.json as { server_id: string; token: string };
    const path = `/api/servers/${id}/heartbeat`;
    const metrics = { cpu_percent: 12.5, memory_percent: 50, disk_percent: 80, queue: 7, note: "text" };
    expect((await bearing("POST", path, `bearer ${token}`, { metrics })).json).toEqual({
      success: true,
      message: "Heartbeat recorded without note",
    });
    expect((await bearing("POST", path, `Bearer ${join}`, { metrics })).status).toBe(401);
    const api = await hub.tokenOf("admin", ["servers.write"]);
    expect((await api.post(path, { metrics })).status).toBe(401);

    const server = (await admin.get(`/compat/s2/api/servers/${id}`)).json;
    expect(server).toEqual({
      ...{ id, name: "box", host: "127.0.0.1", ip: "127.0.0.1", tags: ["edge"], services: [] },
      ...{ host: expect.any(String), ip: expect.any(String) },
      metadata: { notes: "host box.lan, address 10.1.1.1" },
      last_seen: new Date(hub.clock.now()).toISOString().slice(0, -1),
      last_metrics: { cpu_percent: 12.5, memory_percent: 50, disk_percent: 80 },
    });
    const { json } = await admin.get(`/api/metrics/${id}`);
    expect(json).toEqual({
      server_id: id,
      history: [{ ts: expect.any(String), cpu_percent: 12.5, memory_percent: 50, disk_percent: 80, queue: 7 }],
    });
  });

  test("[CP5] summary and history are words, not servers", async () => {
    expect((await admin.get("/api/metrics/summary")).json).toMatchObject({ servers_count: expect.any(Number) });
    expect((await admin.get("/api/metrics/history")).json).toHaveProperty("services");
    expect((await admin.get("/api/metrics/none")).status).toBe(404);
  });

  test("ports that two claim, and what the hub's own machine uses", async () => {
    expect((await admin.get("/api/port-conflicts")).json).toEqual({
      has_conflicts: true,
      conflicts: { "80": ["alpha~nginx.service", "alpha~api"] },
    });
    expect((await admin.get("/api/stats")).json).toEqual({
      ...{ cpu_percent: 25, memory_percent: 50, disk_percent: 40, memory_used_gb: 4, memory_total_gb: 8 },
      ...{ disk_used_gb: 40, disk_total_gb: 100 },
    });
  });
});

describe("S3, the VPN's manager", () => {
  test("[CP14] signing in sets our cookie; what changes something needs this session's token", async () => {
    const client = hub.client();
    const wrong = await client.post("/api/login", { username: "operator", password: "not it" });
    expect([wrong.status, wrong.json]).toEqual([401, { detail: "The user name or the password is wrong." }]);
    const { json, headers } = await client.post("/api/login", {
      username: "operator",
      password: passwordOf("operator"),
    });
    expect(json).toEqual({ success: true, csrf_token: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(headers["set-cookie"]?.[0]).toMatch(/^muster=.*HttpOnly; SameSite=Strict/);
    client.cookie = headers["set-cookie"]![0]!.split(";")[0];
    // [SE-10] A page of another site, and one that does not know the token.
    const path = "/api/services/nginx.service/restart";
    expect((await client.ask("POST", path, { headers: { origin: "http://evil.example" } })).status).toBe(403);
    expect((await client.post(path)).json).toEqual({ detail: expect.stringContaining("token") });
    client.csrf = json.csrf_token as string;
    const asked = client.post(path);
    await answerNext();
    expect((await asked).json).toEqual({ success: true, service: "nginx.service", action: "restart" });
    expect((await client.post("/api/logout")).json).toEqual({ success: true });
    expect((await client.get("/api/status")).status).toBe(401);
  });

  test("[CP8] services by name, with health and use; states that it does not know are `unknown`", async () => {
    const { json } = await admin.get("/api/status");
    expect(json).toMatchObject({ overall_health: "unhealthy", total_services: SERVICES.length });
    expect((await admin.get("/api/services")).json.services["nginx.service"]).toEqual({
      ...{ name: "nginx.service", status: "running", pid: 71, last_restart: null },
      started_at: expect.any(String),
      health: {
        ...{ status: "healthy", message: "", response_time_ms: null, checked_at: expect.any(String) },
        details: { state: "active (running)", server: "alpha", driver: "systemd" },
      },
      metrics: {
        ...{ timestamp: expect.any(String), cpu_percent: null, memory_mb: 50, memory_percent: null },
        ...{ uptime_seconds: expect.any(Number), restart_count: 2 },
      },
    });
  });

  test("[CP9] a failure is 500", async () => {
    const asked = admin.post("/api/services/nginx.service/start");
    await answerNext({ outcome: "unknown", detail: "the agent was restarted" });
    expect([(await asked).status, (await asked).json]).toEqual([500, { detail: "unknown: the agent was restarted" }]);
    expect((await admin.post("/api/services/none/start")).status).toBe(500);
  });

  test("history of a service", async () => {
    const labels = { driver: "systemd", service: "nginx.service" };
    const at = hub.clock.now();
    agent.batch(++seq, at, [0.5, 1024 ** 2], {
      layout: 1,
      define: [
        { metric: "service_cpu_ratio", labels },
        { metric: "service_memory_bytes", labels },
      ],
    });
    await agent.acknowledged(seq);
    const { json } = await admin.get("/api/metrics/history?service=nginx.service&hours=2");
    expect(json).toEqual({
      service: "nginx.service",
      metrics: [
        {
          ...{ timestamp: expect.any(String), cpu_percent: 50, memory_mb: 1, memory_percent: null },
          ...{ uptime_seconds: null, restart_count: null },
        },
      ],
    });
    expect((await admin.get("/api/metrics/history?hours=0")).json).toEqual({
      detail: expect.stringContaining("query.hours"),
    });
  });
});

describe("S3's VPN panels", () => {
  test("[CP8] are what their probes saw last, with their nodes, and never a secret", async () => {
    await using marzban = new MarzbanStandIn({ clock: hub.clock });
    await marzban.start();
    marzban.fill(100);
    marzban.addNode("DE-1");
    marzban.addNode("NL-1", { state: "disabled" });
    const settings = { url: marzban.url, user: "admin" };
    const body = { name: "main-panel", kind: "marzban", settings, secret: "right password" };
    const { probe } = (await admin.post("/api/v1/probes", body)).json;
    await admin.post(`/api/v1/probes/${probe.id}/run`);
    const { json } = await admin.get("/api/marzban/instances");
    expect(json.instances).toEqual([
      {
        ...{ instance_id: probe.id, name: "main-panel", base_url: marzban.url, status: "healthy", is_active: true },
        ...{ priority: null, total_users: 100, active_users: 10, last_check: expect.any(String) },
        nodes: [
          {
            ...{ name: "DE-1", address: "10.0.0.1", status: "connected", users_count: null, users_active: null },
            ...{ traffic_up: 1_000, traffic_down: 2_000 },
          },
          expect.objectContaining({ name: "NL-1", status: "disabled" }),
        ],
      },
    ]);
    expect((await admin.get("/api/marzban/instances/main-panel")).json).toEqual(json.instances[0]);
    expect((await admin.get(`/compat/s3/api/marzban/instances/${probe.id}`)).json).toEqual(json.instances[0]);
    expect(await admin.get("/api/marzban/instances/none")).toMatchObject({ status: 404 });
    expect(JSON.stringify(json)).not.toContain("right password");
    await admin.ask("DELETE", `/api/v1/probes/${probe.id}`);
  });
});

describe("signing in for a bearer", () => {
  const signIn = (dialect: "s4" | "s5", name: string, client = hub.client(), password = passwordOf(name)) =>
    client.post(dialect === "s4" ? "/auth/login" : "/api/auth/login", { username: name, password });

  test("[CP14] S4 answers an access token that holds what the user holds, for an hour", async () => {
    const { json } = await signIn("s4", "operator");
    expect(json).toEqual({
      ...{ access_token: expect.stringMatching(/^msa1\./), token_type: "bearer", username: "operator" },
      ...{ role: "viewer", user_id: hub.userIds["operator"] },
    });
    const authorization = `bearer ${json.access_token}`;
    expect((await bearing("GET", "/auth/me", authorization)).json).toMatchObject({ username: "operator" });
    expect((await bearing("GET", "/auth/users", authorization)).status).toBe(403);
    // Only these paths take the scheme in any case.
    expect((await bearing("GET", "/api/v1/me", authorization)).status).toBe(401);
    expect((await bearing("GET", "/api/v1/me", `Bearer ${json.access_token}`)).json.rights).toContain("actions.normal");
    await hub.clock.advance(HOUR_MS);
    expect((await bearing("GET", "/auth/me", authorization)).status).toBe(401);
  });

  test("[CP14] S5 answers its own shape, verifies, and signing out ends exactly this one", async () => {
    const { json } = await signIn("s5", "viewer");
    expect(json).toMatchObject({ success: true, username: "viewer", role: "viewer", message: "Login successful" });
    const authorization = `Bearer ${json.token}`;
    expect((await bearing("GET", "/api/auth/verify", authorization)).json).toEqual({
      ...{ valid: true, username: "viewer", role: "viewer" },
    });
    const other = `Bearer ${(await signIn("s5", "viewer")).json.token}`;
    const made = await hub.tokenOf("viewer", ["self.read"]);
    expect((await made.post("/api/auth/logout")).json.success).toBe(true);
    expect((await made.get("/api/auth/verify")).status).toBe(200);
    expect((await bearing("POST", "/api/auth/logout", authorization)).json.success).toBe(true);
    expect((await bearing("GET", "/api/auth/verify", authorization)).status).toBe(401);
    expect((await bearing("GET", "/api/auth/verify", other)).status).toBe(200);
  });

  test("[SE-04] [SE-05] wrong ones are alike and counted with those of our own sign-in", async () => {
    const client = hub.client();
    const said = [];
    for (const name of ["viewer", "nobody-here"]) said.push(await signIn("s4", name, client, "wrong"));
    for (const name of ["viewer", "nobody-here"]) said.push(await signIn("s5", name, client, "wrong"));
    expect(said.map(({ status }) => status)).toEqual([400, 400, 401, 401]);
    expect(new Set(said.map(({ json }) => json.detail ?? json.error)).size).toBe(1);
    for (let tries = 0; tries < 6; tries++) await client.post("/api/v1/login", { name: "viewer", password: "wrong" });
    const throttled = await signIn("s5", "viewer", client);
    expect([throttled.status, throttled.json.success]).toEqual([429, false]);
    expect(Number(throttled.headers["retry-after"])).toBeGreaterThan(0);
    await hub.clock.advance(MINUTE_MS);
  });

  test("[CP14] a user has at most twenty of them, and a person's own tokens stay", async () => {
    const own = await hub.tokenOf("viewer", ["self.read"]);
    const first = `Bearer ${(await signIn("s5", "viewer")).json.token}`;
    for (let count = 0; count < 20; count++) {
      await hub.clock.advance(20_000);
      expect((await signIn("s5", "viewer")).status).toBe(200);
    }
    expect((await bearing("GET", "/api/auth/verify", first)).status).toBe(401);
    expect((await own.get("/api/auth/verify")).status).toBe(200);
    const made = (await hub.sessionOf("viewer").get("/api/v1/tokens")).json.items as { name: string }[];
    expect(made.filter(({ name }) => name === "sign-in at /compat/s5")).toHaveLength(20);
  });

  test("[SE-02] it leaves no session behind, and ends with the user", async () => {
    const before = hub.state.prepare("SELECT count(*) AS count FROM session").get();
    const { json } = await signIn("s4", "operator");
    expect(hub.state.prepare("SELECT count(*) AS count FROM session").get()).toEqual(before);
    await admin.ask("PATCH", `/api/v1/users/${hub.userIds["operator"]}`, { body: { enabled: false } });
    expect((await bearing("GET", "/auth/me", `Bearer ${json.access_token}`)).status).toBe(401);
    expect((await signIn("s4", "operator")).status).toBe(400);
    await admin.ask("PATCH", `/api/v1/users/${hub.userIds["operator"]}`, { body: { enabled: true } });
  });

  test("[CP13] the token is in its own answer only, and the log knows who signed in", async () => {
    const { json } = await signIn("s5", "operator");
    const secret = (json.token as string).split(".")[2]!;
    expect(hub.answers.filter((text) => text.includes(secret))).toHaveLength(1);
    expect(hub.logs.join("\n")).not.toContain(secret);
    const rows = (await admin.get("/api/v1/audit?actor=operator&limit=5")).json.items as { action: string }[];
    expect(rows.map(({ action }) => action)).toEqual(expect.arrayContaining(["login", "token.create"]));
  });
});

describe("S4, the monitoring suite", () => {
  test("[CP4] paths that end with a slash have no other spelling", async () => {
    for (const path of ["/backends/", "/dashboard/", "/compat/s4/backends/"]) {
      expect([path, (await admin.get(path)).status]).toEqual([path, 200]);
      expect([path, (await admin.get(path.slice(0, -1))).status]).toEqual([path, 404]);
      expect([path, (await admin.get(`${path}/`)).status]).toEqual([path, 404]);
    }
    for (const path of ["/version/", "/%76ersion", "/Version", "/compat/S4/version", "/compat//s4/version", "/ws/"])
      expect([path, (await admin.get(path)).status]).toEqual([path, 404]);
    expect((await admin.ask("HEAD", "/version")).status).toBe(404);
  });

  test("[CP13] a backend is polled with a token that never comes back", async () => {
    const made = await admin.post("/backends/", {
      ...{ name: "monitor-1", base_url: "http://127.0.0.1:9/api", api_token: "canary-5ecret", notes: "rack 4" },
      ...{ poll_interval_seconds: 60, display_order: 3, selected_metrics: ["ram"] },
    });
    const shown = {
      ...{ id: expect.any(String), name: "monitor-1", base_url: "http://127.0.0.1:9/api", api_token: null },
      ...{ is_active: true, display_order: 0, poll_interval_seconds: 60, notes: "rack 4", selected_metrics: [] },
    };
    expect([made.status, made.json]).toEqual([201, shown]);
    const path = `/backends/${made.json.id}`;
    expect((await admin.get(path)).json).toEqual(shown);
    const changed = await admin.ask("PUT", path, { body: { name: "monitor-2", is_active: false } });
    expect(changed.json).toMatchObject({ name: "monitor-2", is_active: false });
    expect(hub.answers.join("\n")).not.toContain("canary-5ecret");
    expect((await admin.post("/backends/", { name: "x", base_url: "x", poll_interval_seconds: 5 })).json).toEqual({
      detail: expect.stringContaining("body.poll_interval_seconds"),
    });
    const removed = await admin.ask("DELETE", path);
    expect([removed.status, removed.text]).toEqual([204, ""]);
    expect((await admin.get(path)).json).toEqual({ detail: expect.any(String) });
  });

  test("[CP10] a snapshot has percent and GiB, times with their zone, and lists", async () => {
    await hub.clock.advance(1_000);
    await read();
    const { json } = await admin.get(`/metrics/${alpha.id}/latest`);
    expect(json.snapshot).toMatchObject({
      ...{ backend_id: alpha.id, hostname: FACTS.hostName, cpu_temperature_c: 51.5, ram_used_percent: 50 },
      ...{ total_ram_gb: 8, disk_usage_percent: 40, os_version: "Debian GNU/Linux 12", uptime_seconds: 3_300 },
      mounted_usage: [{ mount_point: "/", total_gb: 100, used_percent: 40 }],
      cpu_load: { one: 0.75, five: 0.93, fifteen: 1.18 },
      network_counters: [{ interface: "eth0", bytes_sent: 6, bytes_recv: 5 }],
      reported_at: expect.stringMatching(/Z$/),
    });
    const dashboard = (await admin.get("/dashboard/")).json as { name: string; latest_snapshot: unknown }[];
    expect(dashboard.find(({ name }) => name === "beta")?.latest_snapshot).toBeNull();
    const { points } = (await admin.get(`/dashboard/${alpha.id}/series?range_name=daily`)).json;
    expect(points.at(-1)).toMatchObject({ ram_used_percent: 50, cpu_load_one: 0.75, cpu_temperature_c: 51.5 });
    expect((await admin.get(`/backends/${alpha.id}/mounts`)).json).toEqual({ mounts: ["/"] });
  });

  test("[CP3] a monitor pushes with its own token", async () => {
    const made = await admin.post("/api/v1/servers", { name: "pusher", link: { kind: "push" } });
    const { server, token } = made.json as { server: { id: string }; token: string };
    const at = hub.clock.now() - 5_000;
    const fields = {
      ...{ reported_at: new Date(at).toISOString().slice(0, -1), hostname: "x", ram_used_percent: 25, total_ram_gb: 4 },
      ...{ disk_usage_percent: 60, cpu_load: { one: 1, five: 2, fifteen: null }, uptime_seconds: 9, warnings: null },
      cpu_temperature_c: null,
    };
    const pushed = await bearing("POST", `/metrics/${server.id}`, `Bearer ${token}`, fields);
    expect(pushed.status).toBe(201);
    expect(pushed.json.snapshot).toMatchObject({ id: at, backend_id: server.id, ram_used_percent: 25 });
    const { summary } = (await admin.get(`/api/v1/servers/${server.id}`)).json;
    expect(summary).toMatchObject({
      ...{ at, memoryUsedRatio: 0.25, memoryTotalBytes: 4 * GIB, memoryUsedBytes: GIB, load1: 1, uptimeSeconds: 9 },
      worstDisk: { mount: "/", usedRatio: 0.6 },
    });
    expect((await bearing("POST", `/metrics/${alpha.id}`, `Bearer ${token}`, fields)).status).toBe(401);
  });

  test("[CP9] a reboot answers when it was seen, was refused, or failed", async () => {
    for (const [outcome, status] of [
      ["succeeded", 202],
      ["refused", 403],
      ["failed", 502],
    ] as const) {
      const asked = admin.post(`/backends/${alpha.id}/reboot`, { reason: "kernel" });
      expect(await answerNext({ outcome, detail: "so" })).toMatchObject({ action: "server.reboot", reason: "kernel" });
      expect((await asked).status).toBe(status);
    }
    const own = admin.post("/system/reboot");
    expect((await answerNext()).action).toBe("server.reboot");
    expect((await own).json).toEqual({ status: "rebooting", requested_at: expect.any(String) });
  });

  test("retention in days, and people who are admin or viewer", async () => {
    expect((await admin.ask("PUT", "/system/retention", { body: { retention_days: 60 } })).json).toEqual({
      retention_days: 60,
    });
    expect((await admin.get("/system/retention")).json).toEqual({ retention_days: 60 });
    expect((await admin.ask("PUT", "/system/retention", { body: { retention_days: 91 } })).status).toBe(400);
    const user = { username: "someone", password: "twelve or more characters", role: "viewer" };
    const made = await admin.post("/auth/users", user);
    expect([made.status, made.json]).toMatchObject([201, { username: "someone", role: "viewer", is_active: true }]);
    const again = await admin.post("/auth/users", user);
    expect([again.status, Object.keys(again.json as object)]).toEqual([409, ["detail"]]);
    expect((await admin.ask("DELETE", `/auth/users/${made.json.id}`)).status).toBe(204);
  });
});

describe("S5, the monitor by SSH", () => {
  const integer = (): number => integerOf(alpha.id);

  test("[CP12] servers have integers under the prefix and ids at the root; both are taken", async () => {
    const list = (await admin.get("/compat/s5/api/servers")).json as { id: number; name: string; status: string }[];
    expect(list.find(({ name }) => name === "alpha")).toMatchObject({
      id: integer(),
      status: "online",
      agent_installed: true,
    });
    expect(list.find(({ name }) => name === "beta")).toMatchObject({ id: integerOf(beta.id), status: "unknown" });
    for (const path of [`/compat/s5/api/servers/${integer()}`, `/compat/s5/api/servers/${alpha.id}`])
      expect((await admin.get(path)).json).toMatchObject({
        id: integer(),
        host: FACTS.hostName,
        last_seen: expect.any(String),
      });
    expect((await admin.get(`/api/servers/${integer()}`)).json.id).toBe(alpha.id);
    expect((await admin.get("/compat/s5/api/servers/1")).json).toEqual({ success: false, error: expect.any(String) });
  });

  test("[CP13] a server by SSH is added, changed and deleted; its password never comes back", async () => {
    const body = { host: "10.9.9.9", username: "root", port: 2222, description: "lab", tags: "eu, lab" };
    const noKey = await admin.post("/api/servers", { name: "by-key", ...body });
    expect([noKey.status, noKey.json.error]).toEqual([400, expect.stringContaining("ssh_key_path")]);
    const made = await admin.post("/compat/s5/api/servers", {
      name: "by-password",
      ...body,
      ssh_password: "canary-pa55",
    });
    expect([made.status, made.json]).toEqual([
      201,
      { success: true, server_id: expect.any(Number), message: "Server added" },
    ]);
    const path = `/compat/s5/api/servers/${made.json.server_id}`;
    expect((await admin.get(path)).json).toMatchObject({
      ...{ name: "by-password", host: "10.9.9.9", port: 2222, username: "root", description: "lab", tags: "eu,lab" },
    });
    expect((await admin.ask("PUT", path, { body: { name: "renamed", port: 22 } })).json.success).toBe(true);
    expect((await admin.get(path)).json).toMatchObject({ name: "renamed", port: 22, username: "root" });
    expect((await admin.ask("DELETE", path)).json).toEqual({ success: true, message: "Server deleted" });
    expect(hub.answers.join("\n")).not.toContain("canary-pa55");
  });

  test("[CP8] [CP10] statistics as that system's agent tells them", async () => {
    await hub.clock.advance(1_000);
    await read();
    const asked = admin.get(`/compat/s5/api/remote/stats/${integer()}`);
    const { id } = await agent.next("call");
    const result = { at: hub.clock.now(), total: 1, processes: [PROCESS] };
    agent.send({ t: "reply", id, ok: true, result });
    expect((await asked).json).toMatchObject({
      server_info: { id: integer(), name: "alpha", description: "" },
      system: {
        os: {
          name: "Debian GNU/Linux 12",
          arch: "x86_64",
          distro_id: "debian",
          is_container: false,
          container_type: null,
        },
        memory: { total: 8_192, used: 4_096, free: 4_096, percent: 50 },
        disk: { total: "100G", used: "40G", percent: 40 },
        cpu: { count: 4, load_avg: "0.75, 0.93, 1.18", usage: 25 },
        ...{ uptime: "0d 0h 55m", hostname: FACTS.hostName },
      },
      network: { rx_speed: 0, total_rx_mb: 1, total_tx_mb: 2 },
      disk_io: { read_speed: null, write_speed: null, iops: null },
      processes: [{ user: "www", pid: "4242", cpu: 50, mem: 12.5, command: "/usr/bin/stuck --for ever" }],
      services: expect.arrayContaining([{ name: "nginx", status: "active" }]),
    });
    const all = (await admin.get("/compat/s5/api/remote/stats/all")).json as object[];
    expect(all).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ server_info: expect.objectContaining({ name: "alpha" }), processes: [] }),
        { server_info: expect.objectContaining({ name: "beta" }), error: "Server is pending" },
      ]),
    );
    const offline = await admin.get(`/compat/s5/api/remote/stats/${integerOf(beta.id)}`);
    expect([offline.status, offline.json]).toEqual([
      503,
      { success: false, error: "Failed to get remote data", details: "Server is pending" },
    ]);
  });

  const action = (action_type: string, action_data: object, client = admin) =>
    client.post(`/compat/s5/api/remote/action/${integer()}`, { action_type, action_data });

  test("[CP9] services and containers by name, 200 in both cases", async () => {
    const restarted = action("service_action", { service: "nginx", action: "restart" });
    expect(await answerNext()).toMatchObject({
      action: "service.restart",
      args: { driver: "systemd", name: "nginx.service" },
    });
    expect((await restarted).json).toEqual({ success: true, message: "Done" });
    const paused = action("docker_action", { container: "db", action: "pause" });
    expect(await answerNext({ outcome: "refused", detail: "no entry" })).toMatchObject({
      action: "container.pause",
      args: { name: "db" },
    });
    expect([(await paused).status, (await paused).json]).toEqual([200, { success: false, error: "refused: no entry" }]);
    expect((await action("docker_action", { container: "none", action: "stop" })).json.success).toBe(false);
    expect((await action("docker_action", { container: "db", action: "rm -rf /" })).status).toBe(400);
  });

  test("[SH-07] a process is killed by number, start and user, as the server tells them now", async () => {
    const asked = action("kill_process", { pid: 4_242 });
    const { id } = await agent.next("call");
    agent.send({ t: "reply", id, ok: true, result: { at: hub.clock.now(), total: 1, processes: [PROCESS] } });
    expect(await answerNext()).toMatchObject({
      action: "process.kill",
      args: { pid: 4_242, startTicks: 987, user: "www", signal: "TERM" },
    });
    expect((await asked).json.success).toBe(true);
    // [SE-11] A session needs a fresh proof for it.
    const operator = hub.sessionOf("operator");
    hub.clock.stepWallTime(6 * MINUTE_MS);
    const stale = action("kill_process", { pid: 4_242 }, operator);
    const next = await agent.next("call");
    agent.send({ t: "reply", id: next.id, ok: true, result: { at: hub.clock.now(), total: 1, processes: [PROCESS] } });
    const { status } = await stale;
    hub.clock.stepWallTime(-6 * MINUTE_MS);
    expect(status).toBe(403);
  });

  test("metrics by what the client accepts, health, overview, people and the log", async () => {
    const prometheus = await admin.ask("GET", "/api/metrics", { headers: { accept: "text/plain" } });
    expect(prometheus.headers["content-type"]).toContain("text/plain");
    expect(prometheus.text).toContain("# HELP");
    expect((await admin.get("/api/metrics")).json).toMatchObject({ servers: { total: expect.any(Number) } });
    expect((await admin.get("/api/ready")).json).toEqual({ status: "ready", checks: { hub: "ok", storage: "ok" } });
    expect((await admin.get("/api/stats/overview")).json).toMatchObject({
      online_servers: expect.any(Number),
      unread_alerts: expect.any(Number),
    });
    expect((await admin.get("/api/alerts?is_read=true")).json).toEqual([]);
    expect((await admin.get("/api/alerts?is_read=maybe")).status).toBe(400);
    const made = await admin.post("/api/users", {
      username: "fifth",
      password: "twelve or more characters",
      role: "operator",
    });
    expect([made.status, made.json]).toEqual([
      201,
      { success: true, user_id: expect.any(String), message: "User created" },
    ]);
    const path = `/api/users/${made.json.user_id}`;
    await admin.ask("PUT", path, { body: { is_active: 0 } });
    expect((await admin.get(path)).json.user).toMatchObject({ username: "fifth", role: "operator", is_active: false });
    await admin.ask("DELETE", path);
    const { logs, count } = (await admin.get("/api/audit-logs?limit=2")).json;
    expect([count, logs[0]]).toMatchObject([2, { action: "user.delete", target: "fifth", username: "admin" }]);
  });
});

test("[CP8] at the root a server has the fields of all, and health says ok", async () => {
  const list = (await admin.get("/api/servers")).json as { name: string }[];
  expect(list.find(({ name }) => name === "alpha")).toMatchObject({
    ...{ id: alpha.id, host: FACTS.hostName, tags: [], last_metrics: { cpu_percent: 25 } },
    config: { id: alpha.id, port: null },
    state: { status: expect.any(String), cpu_cores: [], channels: [{ id: 1 }, { id: 2 }] },
  });
  expect((await admin.get("/health")).json).toMatchObject({ status: "ok", services_count: SERVICES.length });
});

test("[AZ-13] [CP6] a field that a path does not know counts for nothing, an empty or repeated parameter is an error", async () => {
  const viewer = hub.client();
  const body = {
    username: "viewer",
    password: passwordOf("viewer"),
    role: "admin",
    scopes: ["users.write"],
    user_id: "x",
  };
  const { json } = await viewer.post("/api/auth/login", body);
  expect(json.role).toBe("viewer");
  expect((await bearing("GET", "/api/v1/me", `Bearer ${json.token}`)).json.rights).not.toContain("users.write");
  for (const query of ["?hours=", "?hours=1&hours=2", "?service="])
    expect((await admin.get(`/api/metrics/history${query}`)).status).toBe(400);
  for (const wrong of ["[]", "null", '"x"', "{", '{"username":1}'])
    expect((await hub.client().ask("POST", "/auth/login", { body: wrong })).status).toBe(400);
});

test("[AZ-12] what is shown there is shown in our own API: no list has more than its right", async () => {
  const viewer = hub.sessionOf("viewer");
  for (const path of ["/api/audit-logs", "/api/activity/recent", "/api/users", "/auth/users", "/api/ssh/pubkey"])
    expect([path, (await viewer.get(path)).status]).toEqual([path, 403]);
});
