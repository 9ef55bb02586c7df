import { writeFileSync } from "node:fs";
import { temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { passwordOf, startTestHub, testConfig } from "./harness.ts";
import { startHub } from "../src/start-hub.ts";
import { FakeClock } from "@muster/testkit";
import { isMusterError } from "@muster/core";

const NEW = { name: "root", password: "a long enough password" };

test("[SE-12] the first administrator is made with the console's code only, once", async () => {
  await using hub = await startTestHub({ users: {} });
  const code = new URL(hub.running.setupUrl!).hash.slice(1);
  expect(hub.running.setupUrl).toBe(`${hub.origin}/setup#${code}`);
  expect(hub.logs.join("")).not.toContain(code);
  const client = hub.client();
  expect((await client.get("/api/v1/setup")).json).toEqual({ needed: true });
  for (const wrong of ["", "x", code.slice(1), `${code}x`, code.toUpperCase()])
    expect((await client.post("/api/v1/setup", { code: wrong, ...NEW })).code).toBe("SETUP_CODE_WRONG");
  const made = await client.post("/api/v1/setup", { code, ...NEW });
  expect([made.status, made.json.user.role]).toEqual([201, "admin"]);
  client.take(made);
  expect((await client.get("/api/v1/users")).json.items).toHaveLength(1);
  expect(hub.running.setupUrl).toBeUndefined();
  expect((await hub.client().post("/api/v1/setup", { code, ...NEW, name: "two" })).code).toBe("SETUP_DONE");
  expect((await hub.client().get("/api/v1/setup")).json).toEqual({ needed: false });
});

test("[SE-12] of twenty who race with the right code, one is made", async () => {
  await using hub = await startTestHub({ users: {} });
  const code = new URL(hub.running.setupUrl!).hash.slice(1);
  const racers = Array.from({ length: 20 }, (_, number) =>
    hub.client().post("/api/v1/setup", { code, ...NEW, name: `racer-${number}` }),
  );
  const statuses = (await Promise.all(racers)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(statuses.filter((status) => status === 409)).toHaveLength(19);
  expect(hub.state.prepare("SELECT count(*) AS n FROM user").get()?.["n"]).toBe(1);
});

test("[SE-12] guessing the code is throttled", async () => {
  await using hub = await startTestHub({ users: {} });
  const client = hub.client();
  const statuses: number[] = [];
  for (let count = 0; count < 12; count++)
    statuses.push((await client.post("/api/v1/setup", { code: "guess", ...NEW })).status);
  expect(statuses.slice(9)).toEqual([403, 429, 429]);
});

test("[SE-12] unattended set-up makes the administrator of the settings, and only into an empty hub", async () => {
  const directory = await temporaryDirectory("unattended");
  const file = directory.file("password");
  writeFileSync(file, `${passwordOf("chief")}\n`, { mode: 0o600 });
  const settings = { adminUser: "chief", adminPasswordFile: file };
  const clock = new FakeClock();
  const first = await startTestHub({ settings, users: {}, directory, clock });
  expect(first.running.setupUrl).toBeUndefined();
  expect((await (await first.signIn("chief")).get("/api/v1/me")).json.user.role).toBe("admin");
  await first.stop();
  // Another password in the file later changes nobody.
  writeFileSync(file, "something else entirely");
  await using second = await startTestHub({ settings: { ...settings, adminUser: "other" }, directory, clock });
  expect(
    (await second.client().post("/api/v1/login", { name: "other", password: "something else entirely" })).status,
  ).toBe(401);
  await second.signIn("chief");
  expect(second.state.prepare("SELECT count(*) AS n FROM user").get()?.["n"]).toBe(1);
});

test.for([
  ["too short a password", "short", /at least 12 characters/],
  ["no file", undefined, /cannot be read \(ENOENT\)/],
] as const)("[SE-12] unattended set-up with %s starts nothing", async ([, content, why]) => {
  await using directory = await temporaryDirectory("unattended");
  const file = directory.file("password");
  if (content !== undefined) writeFileSync(file, content);
  const config = testConfig(directory, { adminUser: "chief", adminPasswordFile: file });
  const error: unknown = await startHub(
    { config },
    { clock: new FakeClock(), writeLog: () => undefined, metricStore: "memory" },
  ).catch((thrown: unknown) => thrown);
  if (!isMusterError(error, "CONFIG_INVALID")) throw error;
  expect(error.details.fields?.["adminPasswordFile"]).toMatch(why);
});
