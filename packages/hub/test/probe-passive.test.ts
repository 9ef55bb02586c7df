import { createSocket } from "node:dgram";
import { HOUR_MS, MINUTE_MS } from "@muster/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestHub } from "./harness.ts";
import type { Client, TestHub } from "./harness.ts";
import { listen } from "./probe-fixture.ts";

let hub: TestHub;
let admin: Client;
beforeAll(async () => {
  hub = await startTestHub({ users: { admin: "admin" }, servers: ["one"] });
  admin = hub.sessionOf("admin");
});
afterAll(() => hub[Symbol.asyncDispose]());

const add = async (name: string, kind: string, settings: object, more: object = {}) =>
  admin.post("/api/v1/probes", { name, kind, settings, fall: 1, ...more });
const run = async (id: string) => (await admin.post(`/api/v1/probes/${id}/run`)).json;
/** Calls as a cron job does: with nothing but its address. */
const ping = (url: string, signal = "") => hub.client().post(`${new URL(url).pathname}${signal}`);

test("a job that calls in time is healthy; late, failed, running too long and never called are told apart", async () => {
  const settings = { everySeconds: 3_600, graceSeconds: 600, longestSeconds: 1_200 };
  const { json } = await add("job", "passive", settings, { intervalMs: 86_400_000 });
  const { pingUrl } = json;
  const { id } = json.probe;
  expect((await run(id)).result).toMatchObject({ health: "unknown", detail: "it waits for its first call" });
  await hub.clock.advance(2 * HOUR_MS);
  expect((await run(id)).result).toMatchObject({ health: "unhealthy", detail: "it has never called" });

  expect((await ping(pingUrl, "/start")).json).toEqual({ ok: true });
  await hub.clock.advance(10 * MINUTE_MS);
  expect((await ping(pingUrl)).status).toBe(200);
  const well = (await run(id)).result;
  expect(well).toMatchObject({ health: "healthy", detail: "it called in time" });
  expect(well.report.facts).toContainEqual({ key: "jobTook", value: 600, unit: "seconds" });
  // Results are stored a second at a time.
  await hub.clock.advance(1_000);
  const to = Math.ceil(hub.clock.now()) + MINUTE_MS;
  const asked = `metric=probe_job_seconds&probe=${id}&from=${to - HOUR_MS}&to=${to}&step=${HOUR_MS}`;
  expect((await admin.get(`/api/v1/metrics/query?${asked}`)).json.series).toMatchObject([{ values: [600] }]);

  await ping(pingUrl, "/3");
  expect((await run(id)).result).toMatchObject({ health: "unhealthy", detail: "the job ended with exit code 3" });
  await ping(pingUrl, "/0");
  expect((await run(id)).result).toMatchObject({ health: "healthy" });
  await ping(pingUrl, "/fail");
  expect((await run(id)).result).toMatchObject({ health: "unhealthy", detail: "the job said that it failed" });

  await ping(pingUrl, "/start");
  await ping(pingUrl);
  await hub.clock.advance(MINUTE_MS);
  await ping(pingUrl, "/start");
  await hub.clock.advance(21 * MINUTE_MS);
  expect((await run(id)).result).toMatchObject({ detail: "it started 21 minutes ago and has not ended" });
  await ping(pingUrl);
  expect((await run(id)).result).toMatchObject({ health: "degraded", detail: "it took 21 minutes" });
  await hub.clock.advance(70 * MINUTE_MS + 1_000);
  expect((await run(id)).result).toMatchObject({
    health: "unhealthy",
    detail: "it has not called for 70 minutes; it took 21 minutes",
  });

  // Whoever does not know the address is nobody.
  expect((await ping(pingUrl.replace(/.{22}$/, "A".repeat(22)))).status).toBe(404);
  const renewed = (await admin.post(`/api/v1/probes/${id}/ping-url`)).json.pingUrl;
  expect((await ping(pingUrl)).status).toBe(404);
  expect((await ping(renewed)).status).toBe(200);
});

test("network kinds are added, looked at and kept by the hub like any other", async () => {
  await using server = await listen((socket) => {
    socket.write("SSH-2.0-test_1\r\n");
  });
  const { json } = await add("shell", "ssh", { host: "127.0.0.1", port: server.port });
  expect(json.probe.target).toBe(`127.0.0.1:${server.port}`);
  expect(await run(json.probe.id)).toMatchObject({
    probe: { health: "healthy" },
    result: { health: "healthy", detail: expect.stringMatching(/^test_1 in \d+ ms$/) },
  });
  const names = createSocket("udp4");
  await new Promise<void>((resolve) => names.bind(0, "127.0.0.1", resolve));
  names.on("message", (query, { port }) => {
    query.writeUInt16BE(0x8183, 2);
    names.send(query, port, "127.0.0.1");
  });
  const settings = { name: "nowhere.example", server: "127.0.0.1", port: names.address().port };
  const trial = await admin.post("/api/v1/probe-trials", { kind: "dns", settings });
  await new Promise<void>((resolve) => names.close(resolve));
  expect(trial.json).toMatchObject({ health: "unhealthy", detail: "the name does not exist (NXDOMAIN)" });
});

test.each([
  ["dns", { name: "a.example", type: "ANY" }, "body.settings.type"],
  ["dns", { name: "a.example", server: "-x" }, "body.settings.server"],
  ["icmp", { host: "--help" }, "body.settings.host"],
  ["icmp", { host: "127.0.0.1", packets: 1_000 }, "body.settings.packets"],
  ["websocket", { url: "ws://user:pass@a.example/" }, "body.settings.url"],
  ["smtp", { host: "a.example", security: "maybe" }, "body.settings.security"],
])("what cannot be is refused at the door: %s %j", async (kind, settings, field) => {
  const { status, json } = await add("bad", kind, settings);
  expect([status, Object.keys(json.error?.fields ?? json.fields ?? {})]).toEqual([400, [field]]);
});
