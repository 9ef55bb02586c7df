import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AstraStandIn, FakeClock, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { startTestHub } from "./harness.ts";
import type { Client, TestHub } from "./harness.ts";
import { openLive } from "./live-socket.ts";

/** A site whose status the test sets. */
async function site() {
  const world = { status: 200 };
  const server = createServer((_request, response) => void response.writeHead(world.status).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(world, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

const turnUntil = (hub: TestHub, describe: string, isSo: () => Promise<boolean>): Promise<unknown> =>
  waitFor(
    async () => {
      await hub.clock.advance(1_000);
      return isSo();
    },
    { describe, timeoutMs: 20_000 },
  );
const servicesOf = async (admin: Client, server: string) =>
  ((await admin.get(`/api/v1/services?server=${server}`)).json.items as readonly Told[]).toSorted((one, other) =>
    one.name < other.name ? -1 : 1,
  );
interface Told {
  readonly id: string;
  readonly name: string;
  readonly health: string;
  readonly healthDetail: string;
}

/** A server with three services, the first of them healthy by its own word. */
async function withServices(hub: TestHub, url: string): Promise<string> {
  const admin = hub.sessionOf("admin");
  const link = { kind: "pull", adapter: "astra", url };
  const { id } = (await admin.post("/api/v1/servers", { name: `astra-${url.slice(-5, -1)}`, link })).json.server;
  await turnUntil(hub, "its services are told", async () => {
    await admin.post(`/api/v1/servers/${id as string}/refresh`);
    return (await servicesOf(admin, id as string)).length === 3;
  });
  return id as string;
}

const CHANNEL = { driver: "channel", name: "a001" };

test("[PB18] a service is as well as the worst of itself and of the probes about it, everywhere it is shown", async () => {
  await using hub = await startTestHub();
  await using astra = new AstraStandIn(hub.clock);
  await using web = await site();
  await astra.start();
  const admin = hub.sessionOf("admin");
  const server = await withServices(hub, astra.url);
  const service = async () => (await servicesOf(admin, server))[0]!;
  const { id } = await service();
  const counts = async () =>
    (await admin.get(`/api/v1/servers/${server}`)).json as { services: object; probes: object };
  const live = await openLive(hub, hub.sessionOf("viewer"));
  live.send({ t: "subscribe", topic: `services-of/${server}` });
  await live.next(({ t, state }) => t === "state" && state.services?.length === 3, "the state of now");

  const body = { name: "shop", kind: "http", settings: { url: web.url }, about: server, service: CHANNEL, fall: 1 };
  const added = await admin.post("/api/v1/probes", { ...body, intervalMs: 5_000 });
  expect(added.status, added.text).toBe(201);
  const probe = added.json.probe as { id: string; about: object };
  expect(probe.about).toMatchObject({ serverId: server, service: { id, ...CHANNEL } });
  await turnUntil(
    hub,
    "it has looked",
    async () => (await admin.get(`/api/v1/probes/${probe.id}`)).json.probe.health === "healthy",
  );
  expect(await service()).toMatchObject({ health: "healthy", healthDetail: "" });

  web.status = 503;
  await turnUntil(hub, "the service is ill", async () => (await service()).health === "unhealthy");
  expect((await service()).healthDetail).toMatch(/^probe shop is unhealthy: .*503/);
  expect((await admin.get(`/api/v1/services/${id}`)).json).toMatchObject({ health: "unhealthy" });
  expect((await admin.get(`/api/v1/services?health=unhealthy`)).json.items).toHaveLength(1);
  expect(await counts()).toMatchObject({ services: { total: 3, unhealthy: 1 }, probes: { total: 1, unhealthy: 1 } });
  const told = await live.next(
    ({ t, state }) => t === "state" && state.services?.some((one: Told) => one.id === id && one.health === "unhealthy"),
    "the change",
  );
  expect(JSON.stringify(told)).toContain("probe shop is unhealthy");
  await live.close();
  // What its driver said of it stays what is kept of it.
  const to = Math.ceil(hub.clock.now()) + 60_000;
  const query = `metric=service_health_ratio&server=${server}&from=${to - 3_600_000}&to=${to}&step=3600000`;
  expect((await admin.get(`/api/v1/metrics/query?${query}`)).json.series).toMatchObject([
    { labels: { service: "a001" }, values: [1] },
  ]);

  const filtered = async (query: string) => (await admin.get(`/api/v1/probes?${query}`)).json.items as object[];
  const other = (await servicesOf(admin, server))[1]!;
  expect([(await filtered(`service=${id}`)).length, (await filtered(`service=${other.id}`)).length]).toEqual([1, 0]);
  expect(await filtered(`about=${server}`)).toHaveLength(1);
  expect((await admin.get(`/api/v1/probes?service=${probe.id}`)).status).toBe(404);

  await admin.ask("PATCH", `/api/v1/probes/${probe.id}`, { body: { state: "paused" } });
  expect(await service()).toMatchObject({ health: "healthy", healthDetail: "" });
  expect(await counts()).toMatchObject({ services: { unhealthy: 0 }, probes: { total: 0 } });
  await admin.ask("PATCH", `/api/v1/probes/${probe.id}`, { body: { state: "active" } });
  expect(await service()).toMatchObject({ health: "unhealthy" });
  await admin.ask("DELETE", `/api/v1/probes/${probe.id}`);
  expect(await service()).toMatchObject({ health: "healthy" });
});

test("[PB19] a service that goes away leaves its probe, and is found by it when it comes back", async () => {
  await using hub = await startTestHub();
  await using astra = new AstraStandIn(hub.clock);
  await using web = await site();
  await astra.start();
  web.status = 500;
  const admin = hub.sessionOf("admin");
  const server = await withServices(hub, astra.url);
  const { id } = (await servicesOf(admin, server))[0]!;
  const body = { name: "shop", kind: "http", settings: { url: web.url }, about: server, service: CHANNEL, fall: 1 };
  const probe = (await admin.post("/api/v1/probes", body)).json.probe as { id: string };
  const look = async () => (await admin.get(`/api/v1/probes/${probe.id}`)).json.probe;
  const change = (patch: object) => admin.ask("PATCH", `/api/v1/probes/${probe.id}`, { body: patch });
  await turnUntil(hub, "it is ill", async () => (await look()).health === "unhealthy");
  const [gone] = astra.streams.splice(0, 1);
  await turnUntil(hub, "the service is gone", async () => {
    await admin.post(`/api/v1/servers/${server}/refresh`);
    return (await servicesOf(admin, server)).length === 2;
  });
  expect(await look()).toMatchObject({ health: "unhealthy", about: { service: { id: null, ...CHANNEL } } });
  expect((await admin.get(`/api/v1/services/${id}`)).json).toMatchObject({ rawState: "gone", health: "unknown" });
  expect((await admin.get(`/api/v1/servers/${server}`)).json).toMatchObject({
    ...{ services: { total: 2, unhealthy: 0 }, probes: { total: 1, unhealthy: 1 } },
  });
  // What is saved again as it was is no mistake of whoever saves it.
  expect((await change({ about: server, service: CHANNEL, tags: ["a"] })).status).toBe(200);
  astra.streams.unshift(gone!);
  await turnUntil(hub, "it is back, and ill", async () => {
    await admin.post(`/api/v1/servers/${server}/refresh`);
    return (await servicesOf(admin, server))[0]?.health === "unhealthy";
  });
  expect((await look()).about.service).toEqual({ id, ...CHANNEL });
  expect((await admin.ask("DELETE", `/api/v1/servers/${server}`)).status).toBe(204);
  expect(await look()).toMatchObject({ about: null, health: "unhealthy" });
});

test("[PB18] [PB5] what a probe was held to be counts for its service after the hub starts anew", async () => {
  await using directory = await temporaryDirectory("probes");
  const clock = new FakeClock();
  await using astra = new AstraStandIn(clock);
  await using web = await site();
  await astra.start();
  web.status = 500;
  let server = "";
  {
    await using first = await startTestHub({
      directory: { ...directory, [Symbol.asyncDispose]: async () => undefined },
      clock,
    });
    const admin = first.sessionOf("admin");
    server = await withServices(first, astra.url);
    const body = { name: "shop", kind: "http", settings: { url: web.url }, about: server, service: CHANNEL, fall: 1 };
    await admin.post("/api/v1/probes", body);
    await turnUntil(first, "it is ill", async () => (await servicesOf(admin, server))[0]?.health === "unhealthy");
  }
  await astra.stop();
  await using second = await startTestHub({ directory, clock });
  // Nothing is read yet: its own health is not known, the probe's is.
  const admin = second.sessionOf("admin");
  expect((await servicesOf(admin, server))[0]).toMatchObject({
    ...{ health: "unhealthy", healthDetail: expect.stringContaining("probe shop is unhealthy") as string },
  });
  expect((await admin.get(`/api/v1/servers/${server}`)).json).toMatchObject({ services: { unhealthy: 1 } });
});

test("[PB19] what is wrong is told at its field; another server takes the service away", async () => {
  await using hub = await startTestHub({ servers: ["one"] });
  await using astra = new AstraStandIn(hub.clock);
  await astra.start();
  const admin = hub.sessionOf("admin");
  const server = await withServices(hub, astra.url);
  const one = hub.servers[0]!.id;
  const tcp = { kind: "tcp", settings: { host: "127.0.0.1", port: 9 } };
  const refusal = async (more: object) => {
    const { status, json } = await admin.post("/api/v1/probes", { name: "wrong", ...tcp, ...more });
    return [status, Object.keys(json.error.fields as object)];
  };
  expect(await refusal({ service: CHANNEL })).toEqual([400, ["body.service"]]);
  expect(await refusal({ service: CHANNEL, about: one })).toEqual([404, ["body.service"]]);
  expect(await refusal({ about: server, service: { driver: "channel", name: "a999" } })).toEqual([
    404,
    ["body.service"],
  ]);
  expect(await refusal({ about: server, service: { driver: "cron", name: "a" } })).toEqual([
    400,
    ["body.service.driver"],
  ]);
  expect(await refusal({ about: server, service: { driver: "channel", name: "" } })).toEqual([
    400,
    ["body.service.name"],
  ]);
  const probe = (await admin.post("/api/v1/probes", { name: "right", ...tcp, about: server, service: CHANNEL })).json
    .probe;
  const change = async (body: object) =>
    (await admin.ask("PATCH", `/api/v1/probes/${probe.id as string}`, { body })).json.about as object;
  expect(await change({ about: one })).toEqual({ serverId: one, name: "one", service: null });
  expect(await change({ about: server, service: CHANNEL })).toMatchObject({ service: CHANNEL });
  expect(await change({ service: null })).toMatchObject({ serverId: server, service: null });
});
