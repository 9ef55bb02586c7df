import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { FakeClock, needs, startSshd, temporaryDirectory, waitFor } from "@muster/testkit";
import type { Sshd } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestHub } from "./harness.ts";
import type { Client, TestHub } from "./harness.ts";

let hub: TestHub;
let admin: Client;
beforeAll(async () => {
  hub = await startTestHub({ servers: ["one"] });
  admin = hub.sessionOf("admin");
});
afterAll(() => hub[Symbol.asyncDispose]());

type Answerer = (request: IncomingMessage, response: ServerResponse) => void;

/** A site that answers as the test says, and ends with its block. */
async function site(answer: Answerer = (_request, response) => void response.end("all is well")) {
  const asked: IncomingMessage[] = [];
  const world = { answer };
  const server = createHttpServer((request, response) => {
    asked.push(request);
    world.answer(request, response);
  });
  return Object.assign(world, {
    asked,
    url: `http://127.0.0.1:${await listening(server)}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });

/** Turns the clock until something is so. */
const turnUntil = (isSo: () => Promise<boolean>, describe: string, of: TestHub = hub): Promise<unknown> =>
  waitFor(
    async () => {
      await of.clock.advance(1_000);
      return isSo();
    },
    { describe },
  );

let count = 0;
const add = async (body: object, by: Client = admin) =>
  (await by.post("/api/v1/probes", { name: `probe-${count++}`, intervalMs: 5_000, timeoutMs: 2_000, ...body })).json;
const look = async (id: string, by: Client = admin) => (await by.get(`/api/v1/probes/${id}`)).json;
const change = (id: string, body: object) => admin.ask("PATCH", `/api/v1/probes/${id}`, { body });
const audited = async (action: string) =>
  (await admin.get(`/api/v1/audit?action=${action}`)).json.items.map((row: { target: string }) => row.target);

describe("looking", () => {
  test("[PB1] [PB8] a site is looked at at once and at its interval; its history is there, and goes with it", async () => {
    await using web = await site();
    const { probe: made } = await add({ kind: "http", settings: { url: web.url, text: "well" } });
    await turnUntil(async () => (await look(made.id)).probe.health === "healthy", "it is healthy");
    await turnUntil(async () => (await look(made.id)).probe.beats.length >= 3, "it was looked at again");
    const { probe: now, report } = await look(made.id);
    expect(now.detail).toMatch(/^200 in \d+ ms$/);
    expect(report.facts).toContainEqual({ key: "status", value: 200 });
    const starts = now.beats.slice(1).map(({ at }: { at: number }) => Math.floor(at / 1_000) % 5);
    expect(new Set(starts).size).toBe(1);
    const to = Math.ceil(hub.clock.now()) + 60_000;
    const query = `metric=probe_health_ratio&probe=${made.id}&from=${to - 3_600_000}&to=${to}&step=3600000`;
    const { json } = await admin.get(`/api/v1/metrics/query?${query}`);
    expect(json.series).toMatchObject([{ metric: "probe_health_ratio", serverId: made.id, values: [1] }]);
    expect((await admin.ask("DELETE", `/api/v1/probes/${made.id}`)).status).toBe(204);
    expect((await admin.get(`/api/v1/metrics/query?${query}`)).status).toBe(404);
    const asked = web.asked.length;
    await hub.clock.advance(20_000);
    expect(web.asked.length).toBe(asked);
  });

  test("[PB2] what accepts and never answers is unhealthy after the time-out, and holds nobody else up", async () => {
    await using web = await site(() => undefined);
    await using other = await site();
    const { probe: hanging } = await add({ kind: "http", settings: { url: web.url }, fall: 1 });
    const { probe: fine } = await add({ kind: "http", settings: { url: other.url } });
    await turnUntil(async () => (await look(fine.id)).probe.health === "healthy", "the other one is healthy");
    await turnUntil(async () => (await look(hanging.id)).probe.health === "unhealthy", "it is unhealthy");
    expect((await look(hanging.id)).probe.detail).toBe("no answer in time");
  });

  test("[PB3] one bad answer is forgiven, three are not, one good one is enough", async () => {
    await using web = await site();
    const { probe: made } = await add({ kind: "http", settings: { url: web.url } });
    const run = async () => (await admin.post(`/api/v1/probes/${made.id}/run`)).json;
    expect((await run()).probe.health).toBe("healthy");
    web.answer = (_request, response) => void response.writeHead(503).end();
    expect(await run()).toMatchObject({ probe: { health: "healthy" }, result: { health: "unhealthy" } });
    await run();
    expect(await run()).toMatchObject({ probe: { health: "unhealthy", detail: "503 instead of 200–399" } });
    web.answer = (_request, response) => void response.end();
    expect((await run()).probe.health).toBe("healthy");
  });

  test("[PB7] a paused one does not look; in a maintenance it does", async () => {
    await using web = await site();
    const { probe: made } = await add({ kind: "http", settings: { url: web.url } });
    await turnUntil(async () => web.asked.length > 0, "it looked");
    await change(made.id, { state: "paused" });
    const asked = web.asked.length;
    await hub.clock.advance(30_000);
    expect(web.asked.length).toBe(asked);
    expect((await look(made.id)).probe).toMatchObject({ state: "paused", health: "unknown", nextAt: null });
    expect((await admin.post(`/api/v1/probes/${made.id}/run`)).code).toBe("CONFLICT");
    const maintenanceUntil = Math.ceil(hub.clock.now()) + 3_600_000;
    expect((await change(made.id, { state: "active", maintenanceUntil })).json).toMatchObject({ maintenanceUntil });
    await turnUntil(async () => web.asked.length > asked, "it looks again");
  });
});

test("[PB15] a server's probes are part of how it does, until they are deleted or it is", async () => {
  await using web = await site((_request, response) => void response.writeHead(500).end());
  const { json } = await admin.post("/api/v1/servers", { name: "about", link: { kind: "push" } });
  const about = json.server.id as string;
  const counts = async () => (await admin.get(`/api/v1/servers/${about}`)).json.probes as object;
  expect(await counts()).toEqual({ total: 0, degraded: 0, unhealthy: 0 });
  const { probe: bad } = await add({ kind: "http", settings: { url: web.url }, about, fall: 1 });
  const { probe: other } = await add({ kind: "tcp", settings: { host: "127.0.0.1", port: 9 }, about });
  await turnUntil(async () => (await look(bad.id)).probe.health === "unhealthy", "it is unhealthy");
  expect(await counts()).toMatchObject({ total: 2, degraded: 0 });
  expect((await admin.get(`/api/v1/probes?about=${about}`)).json.items).toHaveLength(2);
  await admin.ask("DELETE", `/api/v1/probes/${other.id}`);
  expect(await counts()).toEqual({ total: 1, degraded: 0, unhealthy: 1 });
  await change(bad.id, { state: "paused" });
  expect(await counts()).toEqual({ total: 0, degraded: 0, unhealthy: 0 });
  expect((await admin.ask("DELETE", `/api/v1/servers/${about}`)).status).toBe(204);
  expect((await change(bad.id, { tags: ["alone"] })).json).toMatchObject({ about: null, tags: ["alone"] });
});

test("[PB5] what it was held to be, and its last results, are there after a restart", async () => {
  await using directory = await temporaryDirectory("probes");
  await using web = await site((_request, response) => void response.writeHead(500).end());
  const clock = new FakeClock();
  let id = "";
  let since = 0;
  {
    await using first = await startTestHub({
      directory: { ...directory, [Symbol.asyncDispose]: async () => undefined },
      clock,
    });
    const by = first.sessionOf("admin");
    id = (await add({ kind: "http", settings: { url: web.url } }, by)).probe.id;
    await turnUntil(async () => (await look(id, by)).probe.health === "unhealthy", "it is unhealthy", first);
    since = (await look(id, by)).probe.since;
  }
  await using second = await startTestHub({ directory, clock });
  const { probe: now } = await look(id, second.sessionOf("admin"));
  expect(now).toMatchObject({ health: "unhealthy", since });
  expect(now.beats.length).toBeGreaterThanOrEqual(3);
});

describe("what is refused", () => {
  test.each<[string, object]>([
    ["body.settings.url", { kind: "http", settings: { url: "ftp://a/" } }],
    ["body.settings.url", { kind: "http", settings: { url: "http://user:pass@a/" } }],
    ["body.settings.url", { kind: "http", settings: {} }],
    ["body.settings.url", { kind: "http", settings: { url: "http://[::/" } }],
    ["body.settings.url", { kind: "websocket", settings: { url: "ws://a:99999/" } }],
    ["body.settings.colour", { kind: "http", settings: { url: "http://a/", colour: "red" } }],
    ["body.settings.port", { kind: "tcp", settings: { host: "a", port: 70_000 } }],
    ["body.settings.headers", { kind: "http", settings: { url: "http://a/", headers: ["a: b\r\nc: d"] } }],
    ["body.intervalMs", { kind: "tcp", settings: { host: "a" }, intervalMs: 10 }],
    ["body.secret", { kind: "tcp", settings: { host: "a" }, secret: "x" }],
    ["body.via", { kind: "passive", settings: {}, via: "SERVER" }],
    ["body.name", { kind: "tcp", settings: { host: "a" }, name: "a\u202eb" }],
  ])("[AZ-13] [SR-10] %s", async (field, body) => {
    const told = JSON.parse(JSON.stringify(body).replace("SERVER", hub.servers[0]!.id)) as object;
    const answer = await admin.post("/api/v1/probes", { name: `wrong-${count++}`, ...told });
    expect([answer.status, Object.keys(answer.json.error.fields)]).toEqual([400, [field]]);
  });

  test("a taken name is a conflict, a server that is not there is not found", async () => {
    const { probe: made } = await add({ kind: "tcp", settings: { host: "127.0.0.1", port: 9 } });
    const body = { name: made.name, kind: "tcp", settings: { host: "a" } };
    expect((await admin.post("/api/v1/probes", body)).code).toBe("CONFLICT");
    const about = "01920000-0000-7000-8000-000000000000";
    expect((await admin.post("/api/v1/probes", { ...body, name: "n", about })).status).toBe(404);
  });
});

describe("safety", () => {
  test("[PB9] [SR-01] [SR-11] metadata addresses and the hub's own port are never reached; private ones where they are named", async () => {
    const tried = async (url: string) => {
      const { json } = await admin.post("/api/v1/probe-trials", { kind: "http", settings: { url } });
      return json.detail as string;
    };
    expect(await tried("http://169.254.169.254/latest/")).toBe("the address is not open for this purpose");
    expect(await tried("http://2852039166/latest/")).toBe("the address is not open for this purpose");
    expect(await tried(`http://127.0.0.1:${hub.port}/api/v1/status`)).toBe("the address is not open for this purpose");
    await using web = await site();
    expect(await tried(web.url)).toMatch(/^200 in/);
  });

  test("[PB9] [SR-04] a redirect leads nowhere else that is blocked, and is no answer unless asked for", async () => {
    await using inner = await site();
    await using web = await site((_request, response) => void response.writeHead(302, { location: inner.url }).end());
    const settings = { url: web.url, redirectsMax: 3 };
    const { json } = await admin.post("/api/v1/probe-trials", { kind: "http", settings });
    expect(json).toMatchObject({ health: "unknown", detail: "the address is not open for this purpose" });
    expect(inner.asked).toEqual([]);
  });

  test("[PB11] [SR-06] [SR-08] no body, no header and no inner error come out, however long the answer", async () => {
    await using web = await site((_request, response) => {
      response.setHeader("x-inner", "canary-header");
      const pour = (): void => void (response.write("canary-body ".repeat(5_000)) && setImmediate(pour));
      response.on("drain", pour).on("error", () => undefined);
      pour();
    });
    const settings = { url: web.url, text: "never there", jsonPath: "a" };
    const answer = await admin.post("/api/v1/probe-trials", { kind: "http", settings });
    expect(answer.json.health).toBe("unhealthy");
    expect(answer.text).not.toContain("canary");
  });

  test("[PB10] a secret is never shown, and goes to the target that it was given for only", async () => {
    await using web = await site();
    await using other = await site();
    const settings = { url: web.url, signIn: "bearer" };
    const { probe: made } = await add({ kind: "http", settings, secret: "hush-hush-secret" });
    await admin.post(`/api/v1/probes/${made.id}/run`);
    expect(web.asked.at(-1)?.headers.authorization).toBe("Bearer hush-hush-secret");
    const trial = { kind: "http", probe: made.id };
    await admin.post("/api/v1/probe-trials", { ...trial, settings });
    expect(web.asked.at(-1)?.headers.authorization).toBe("Bearer hush-hush-secret");
    await admin.post("/api/v1/probe-trials", { ...trial, settings: { ...settings, url: other.url } });
    expect(other.asked.at(-1)?.headers.authorization).toBeUndefined();
    expect((await change(made.id, { settings: { ...settings, url: other.url } })).json.hasSecret).toBe(false);
    await admin.post(`/api/v1/probes/${made.id}/run`);
    expect(other.asked.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    await admin.get("/api/v1/audit");
    expect(hub.answers.join("") + hub.logs.join("")).not.toContain("hush-hush-secret");
    expect(
      hub.state
        .prepare("SELECT * FROM probe")
        .all()
        .map((row) => JSON.stringify(row))
        .join(""),
    ).not.toContain("hush-hush-secret");
  });

  test("[PB10] where a secret is needed, another target needs it anew", async () => {
    const settings = { url: "http://127.0.0.1:9/", user: "muster" };
    const { probe: made } = await add({ kind: "marzban", settings, secret: "hush-hush-secret" });
    const elsewhere = { settings: { ...settings, url: "http://127.0.0.1:10/" } };
    expect((await change(made.id, elsewhere)).json.error.fields).toEqual({ "body.secret": "is needed by this kind" });
    expect((await change(made.id, { ...elsewhere, secret: "another" })).json.hasSecret).toBe(true);
  });

  test("[PB12] [AU-03] what makes the hub connect is written down before it does", async () => {
    await using web = await site();
    const { probe: made } = await add({ kind: "http", settings: { url: web.url } });
    await admin.post("/api/v1/probe-trials", { kind: "http", settings: { url: web.url } });
    await change(made.id, { tags: ["t"] });
    await admin.ask("DELETE", `/api/v1/probes/${made.id}`);
    for (const action of ["probe.add", "probe.change", "probe.delete"])
      expect(await audited(action)).toContain(made.name);
    expect(await audited("probe.try")).toContain(web.url);
  });
});

describe("waiting to be called", () => {
  const ping = (pingUrl: string, more = "") => hub.client().post(`${new URL(pingUrl).pathname}${more}`);

  test("[PB13] [PB14] a job that calls in time is well; one that is late, fails or says so by its exit code is not", async () => {
    const settings = { everySeconds: 60, graceSeconds: 30 };
    const { probe: made, pingUrl } = await add({ kind: "passive", settings, fall: 1 });
    await hub.clock.advance(10_000);
    expect((await look(made.id)).probe).toMatchObject({ health: "unknown", detail: "it waits for its first call" });
    expect((await ping(pingUrl)).status).toBe(200);
    await turnUntil(async () => (await look(made.id)).probe.health === "healthy", "it called");
    expect((await ping(pingUrl, "/3")).status).toBe(200);
    await turnUntil(async () => (await look(made.id)).probe.health === "unhealthy", "it failed");
    expect((await look(made.id)).probe.detail).toBe("the job ended with exit code 3");
    await ping(pingUrl, "/start");
    await ping(pingUrl, "/0");
    await turnUntil(async () => (await look(made.id)).probe.health === "healthy", "it is well again");
    await hub.clock.advance(95_000);
    await turnUntil(async () => (await look(made.id)).probe.health === "unhealthy", "it is late");
    expect((await look(made.id)).probe.detail).toMatch(/^it has not called for \d+ (seconds|minutes)$/);
  });

  test("[PB13] a new address ends the one before; a wrong one says nothing", async () => {
    const { probe: made, pingUrl } = await add({ kind: "passive", settings: {} });
    const { json } = await admin.post(`/api/v1/probes/${made.id}/ping-url`);
    expect((await ping(pingUrl)).status).toBe(404);
    expect((await ping(json.pingUrl)).status).toBe(200);
    expect((await hub.client().get(new URL(json.pingUrl).pathname)).status).toBe(404);
    expect((await hub.client().post("/api/v1/pings/nonsense")).status).toBe(404);
    expect(hub.logs.join("")).not.toContain(new URL(json.pingUrl).pathname.split("/").at(-1));
  });
});

const describeSsh = await needs("root", "sshd");

/** Adds a server that is reached by SSH, and waits until it is. */
async function reached(sshd: Sshd, name: string): Promise<string> {
  const key = await admin.post("/api/v1/ssh-keys", { name, privateKey: sshd.privateKey });
  const { port } = sshd;
  const login = { kind: "ssh", host: "127.0.0.1", port, user: "root", authentication: "key", keyId: key.json.id };
  const via = (await admin.post("/api/v1/servers", { name, link: login })).json.server.id as string;
  const fingerprint = await sshd.fingerprint("ed25519");
  await turnUntil(async () => {
    await admin.post(`/api/v1/servers/${via}/link/host-key`, { fingerprint });
    return (await admin.get(`/api/v1/servers/${via}`)).json.linkState?.is === "ok";
  }, "the server is reached");
  return via;
}

/** A server of TCP that takes connections and says nothing. */
async function silent() {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.resume();
  });
  return {
    port: await listening(server),
    connections: () => sockets.size,
    end(): void {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      this.end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describeSsh("by way of a server that is reached by SSH", () => {
  test("[PB6] [PB9] what only that server reaches is looked at from there; when it is gone, nothing is said of the target", async () => {
    await using sshd = await startSshd();
    await using web = await site();
    const via = await reached(sshd, "way");
    const { probe: http } = await add({ kind: "http", settings: { url: web.url }, via, fall: 1 });
    const { probe: port } = await add({ kind: "tcp", settings: { host: "127.0.0.1", port: sshd.port }, via, fall: 1 });
    for (const { id } of [http, port])
      await turnUntil(async () => (await look(id)).probe.health === "healthy", "it is looked at from there");
    expect((await look(http.id)).probe.via).toEqual({ serverId: via, name: "way" });
    await sshd[Symbol.asyncDispose]();
    await turnUntil(async () => (await look(http.id)).probe.health === "unknown", "it is unknown");
    expect((await look(http.id)).probe.detail).toMatch(/^The server on the way is not reached/);
    const { probe: cache } = await add({ kind: "redis", settings: { host: "127.0.0.1", port: sshd.port }, via });
    const body = { arguments: { pattern: "a:*" } };
    expect((await admin.post(`/api/v1/probes/${cache.id}/acts/clear`, body)).json).toMatchObject({
      ...{ outcome: "unknown", detail: expect.stringMatching(/^The server on the way is not reached/) },
    });
  }, 60_000);

  test.each<[string, string, object]>([
    ["tcp", "tcp", { text: "never said" }],
    ["redis", "redis", {}],
    ["postgres", "postgres", { user: "u", database: "d" }],
    ["ssh", "ssh", {}],
    ["http", "http", {}],
  ])(
    "[PB6] a way that is lost in the middle of a conversation says nothing of the target: %s",
    async (_title, kind, more) => {
      await using sshd = await startSshd();
      await using target = await silent();
      const via = await reached(sshd, `lost-${kind}`);
      const place =
        kind === "http" ? { url: `http://127.0.0.1:${target.port}/` } : { host: "127.0.0.1", port: target.port };
      const body = { kind, settings: { ...place, ...more }, via };
      const asked = admin.post("/api/v1/probe-trials", kind === "postgres" ? { ...body, secret: "s" } : body);
      await waitFor(() => target.connections() > 0, { describe: "the conversation begins", timeoutMs: 15_000 });
      await sshd.cut();
      const { json, text } = await asked;
      expect([json.health, json.detail], text).toEqual(["unknown", "The connection to the server was lost."]);
    },
    60_000,
  );

  test("[PB6] a target that ends in the middle of a conversation is unhealthy as ever, also over such a way", async () => {
    await using sshd = await startSshd();
    await using target = await silent();
    const via = await reached(sshd, "ends");
    const settings = { host: "127.0.0.1", port: target.port, text: "never said" };
    const asked = admin.post("/api/v1/probe-trials", { kind: "tcp", settings, via });
    await waitFor(() => target.connections() > 0, { describe: "the conversation begins", timeoutMs: 15_000 });
    target.end();
    expect((await asked).json).toMatchObject({ health: "unhealthy", detail: "it ended without the text looked for" });
  }, 60_000);
});
