import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "@muster/testkit";
import { startTestHub } from "./harness.ts";
import type { Client, TestHub } from "./harness.ts";

let hub: TestHub;
let admin: Client;
const site = createServer((_request, response) => void response.end("ok"));
let url = "";

beforeAll(async () => {
  hub = await startTestHub({ users: { admin: "admin" }, servers: ["one"] });
  admin = hub.sessionOf("admin");
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  site.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
  await hub[Symbol.asyncDispose]();
});

/** Turns the clock until something is so. */
const turnUntil = (isSo: () => Promise<boolean>, describe: string): Promise<unknown> =>
  waitFor(
    async () => {
      await hub.clock.advance(1_000);
      return isSo();
    },
    { describe },
  );

let count = 0;
const add = async (body: object) =>
  (await admin.post("/api/v1/probes", { name: `probe-${count++}`, intervalMs: 5_000, ...body })).json;
const probe = async (id: string) => (await admin.get(`/api/v1/probes/${id}`)).json;

test("[PB1] a site is looked at at once and at its interval, and its history is there", async () => {
  const { probe: made } = await add({ kind: "http", settings: { url, text: "ok" } });
  await turnUntil(async () => (await probe(made.id)).probe.health === "healthy", "it is healthy");
  await turnUntil(async () => (await probe(made.id)).probe.beats.length >= 3, "it was looked at again");
  const { probe: now, report } = await probe(made.id);
  expect(now.detail).toMatch(/^200 in \d+ ms$/);
  expect(report.facts).toContainEqual({ key: "status", value: 200 });
  const to = Math.ceil(hub.clock.now()) + 60_000;
  const asked = `metric=probe_health_ratio&probe=${made.id}&from=${to - 3_600_000}&to=${to}&step=3600000`;
  const { json } = await admin.get(`/api/v1/metrics/query?${asked}`);
  expect(json.series).toMatchObject([{ metric: "probe_health_ratio", values: [1] }]);
});
