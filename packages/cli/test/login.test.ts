import { chmodSync, statSync, writeFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import { temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { Credentials, credentialsPath } from "../src/client/credentials.ts";
import { commandLine } from "./command-line.ts";
import { smallServer } from "./small-server.ts";
import type { Answer } from "./small-server.ts";
import { TEST_CERTIFICATE, TEST_KEY } from "./test-certificate.ts";

const HUB: Readonly<Record<string, Answer>> = {
  "GET /api/v1/setup": { body: { needed: false } },
  "POST /api/v1/login": {
    body: {
      user: { id: "u", name: "anna", role: "admin" },
      csrfToken: "csrf-1",
      rights: ["servers.read", "tokens.write"],
    },
    headers: { "set-cookie": "muster=session-1; Path=/; HttpOnly" },
  },
  "POST /api/v1/tokens": { status: 201, body: { token: { id: "token-1" }, secret: "msa1.secret" } },
  "POST /api/v1/logout": { status: 204 },
  "DELETE /api/v1/tokens/token-1": { status: 204 },
  "GET /api/v1/me": {
    body: {
      user: { name: "anna", role: "admin" },
      rights: ["servers.read"],
      hub: { version: "0.1.0", now: 0, warnings: [] },
    },
  },
};
const tls = { cert: TEST_CERTIFICATE, key: TEST_KEY };
const { fingerprint256 } = new X509Certificate(TEST_CERTIFICATE);

test("login makes a token, keeps it in a file of mode 0600 and ends the session; logout revokes and removes it", async () => {
  await using home = await temporaryDirectory("login");
  await using hub = await smallServer(HUB);
  const options = { env: { MUSTER_URL: hub.url }, homeDirectory: home.path };
  const result = await commandLine(["login"], { ...options, answers: ["anna", "the password"] });
  expect(result).toMatchObject({ code: 0, output: expect.stringContaining("as anna") as string });
  expect(result.output + result.errors).not.toContain("secret");

  const [, login, token, logout] = hub.seen;
  expect(JSON.parse(login!.body)).toEqual({ name: "anna", password: "the password" });
  expect(token!.headers).toMatchObject({ cookie: "muster=session-1", "x-muster-csrf": "csrf-1", origin: hub.url });
  expect(JSON.parse(token!.body)).toEqual({ name: "muster on test-machine", scopes: ["servers.read", "tokens.write"] });
  expect(logout!.path).toBe("/api/v1/logout");

  const path = credentialsPath({}, home.path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect((await commandLine(["whoami"], options)).output).toContain("user:   anna");
  expect(hub.seen.at(-1)!.headers.authorization).toBe("Bearer msa1.secret");

  expect((await commandLine(["logout"], options)).output).toBe(`Signed out of ${hub.url}.\n`);
  expect(hub.seen.at(-1)!.path).toBe("/api/v1/tokens/token-1");
  expect(() => statSync(path)).toThrow();
  expect((await commandLine(["logout"], options)).code).toBe(66);
});

test("a password that is wrong leaves nothing behind", async () => {
  await using home = await temporaryDirectory("login");
  const wrong = { status: 401, body: { error: { code: "WRONG_CREDENTIALS", message: "Wrong.", requestId: "r" } } };
  await using hub = await smallServer({ ...HUB, "POST /api/v1/login": wrong });
  const options = { env: { MUSTER_URL: hub.url }, homeDirectory: home.path };
  expect((await commandLine(["login", "--name", "anna"], { ...options, answers: ["nope"] })).code).toBe(77);
  expect((await commandLine(["login"], options)).code).toBe(64);
  expect(new Credentials(credentialsPath({}, home.path)).find(new URL(hub.url))).toBeUndefined();
});

test("a credentials file that others can read is refused, not used", async () => {
  await using home = await temporaryDirectory("login");
  await using hub = await smallServer(HUB);
  const credentials = new Credentials(home.file("credentials.json"));
  credentials.remember(new URL(hub.url), { user: "anna", token: "msa1.x", tokenId: "t" });
  chmodSync(credentials.path, 0o644);
  expect(() => credentials.find(new URL(hub.url))).toThrowError(expect.objectContaining({ code: "CONFIG_INVALID" }));
  chmodSync(credentials.path, 0o600);
  expect(credentials.find(new URL(hub.url))?.token).toBe("msa1.x");
  writeFileSync(credentials.path, "not json");
  expect(() => credentials.find(new URL(hub.url))).toThrowError(expect.objectContaining({ code: "CONFIG_INVALID" }));
});

test("the credentials of one hub are never sent to another", async () => {
  await using home = await temporaryDirectory("login");
  await using other = await smallServer(HUB);
  const env = { XDG_CONFIG_HOME: home.path };
  new Credentials(credentialsPath(env, "/nowhere")).remember(new URL("http://127.0.0.1:1"), {
    user: "a",
    token: "x",
    tokenId: "t",
  });
  expect((await commandLine(["whoami", "--url", other.url], { env })).code).toBe(77);
  expect(other.seen).toEqual([]);
});

test("tokens create asks the person's password and signs in for it, because a token cannot make tokens", async () => {
  await using home = await temporaryDirectory("login");
  await using hub = await smallServer(HUB);
  const options = { env: { MUSTER_URL: hub.url }, homeDirectory: home.path, answers: ["pw"] };
  expect((await commandLine(["tokens", "create", "ci", "--scopes", "servers.read"], options)).errors).toContain(
    "--user",
  );
  const argv = ["tokens", "create", "ci", "--scopes", "servers.read", "--expires-in-days", "30", "--user", "anna"];
  expect((await commandLine(argv, options)).output).toBe("msa1.secret\n");
  const made = hub.seen.find(({ path }) => path === "/api/v1/tokens")!;
  expect(JSON.parse(made.body)).toEqual({ name: "ci", scopes: ["servers.read"], expiresInDays: 30 });
  expect(made.headers.cookie).toBe("muster=session-1");
});

test("an unknown certificate is refused before anything is sent, with its fingerprint in the error", async () => {
  await using home = await temporaryDirectory("login");
  await using hub = await smallServer(HUB, tls);
  const options = { env: { MUSTER_URL: hub.url }, homeDirectory: home.path };
  const refused = await commandLine(["login", "--name", "anna"], { ...options, answers: ["pw"] });
  expect(refused.code).toBe(76);
  expect(refused.errors).toContain(fingerprint256);
  expect(refused.questions).toEqual([]);
  const declined = await commandLine(["login", "--name", "anna"], { ...options, person: "asked", answers: ["no"] });
  expect(declined.code).toBe(76);
  expect(hub.seen).toEqual([]);
});

test("a fingerprint that was approved is remembered, and another certificate is refused from then on", async () => {
  await using home = await temporaryDirectory("login");
  await using hub = await smallServer(HUB, tls);
  const options = { env: { MUSTER_URL: hub.url }, homeDirectory: home.path };
  const approved = await commandLine(["login", "--name", "anna"], {
    ...options,
    person: "asked",
    answers: ["yes", "pw"],
  });
  expect(approved.code).toBe(0);
  expect((await commandLine(["whoami"], options)).code).toBe(0);

  const credentials = new Credentials(credentialsPath({}, home.path));
  const url = new URL(hub.url);
  expect(credentials.find(url)?.fingerprint).toBe(fingerprint256);
  const other = fingerprint256.replace(/^../, (first) => (first === "00" ? "01" : "00"));
  credentials.remember(url, { ...credentials.find(url)!, fingerprint: other });
  const before = hub.seen.length;
  const changed = await commandLine(["whoami"], options);
  expect(changed.code).toBe(76);
  expect(changed.errors).toContain("not the remembered");
  expect(hub.seen).toHaveLength(before);
});

test("a fingerprint can be given, and only the right one works", async () => {
  await using home = await temporaryDirectory("login");
  await using hub = await smallServer(HUB, tls);
  const options = { env: { MUSTER_URL: hub.url }, homeDirectory: home.path, answers: ["pw"] };
  const login = (fingerprint: string) =>
    commandLine(["login", "--name", "anna", "--trust-fingerprint", fingerprint], options);
  expect((await login("00".repeat(32))).code).toBe(76);
  expect((await login("nonsense")).code).toBe(64);
  expect(hub.seen).toEqual([]);
  expect((await login(fingerprint256.replaceAll(":", "").toLowerCase())).code).toBe(0);
});

test("an authority in --ca is trusted", async () => {
  await using home = await temporaryDirectory("login");
  await using hub = await smallServer(HUB, tls);
  writeFileSync(home.file("ca.pem"), TEST_CERTIFICATE);
  const options = { env: { MUSTER_URL: hub.url, MUSTER_TOKEN: "msa1.x" }, homeDirectory: home.path };
  expect((await commandLine(["whoami", "--ca", home.file("ca.pem")], options)).code).toBe(0);
  expect((await commandLine(["whoami"], options)).code).toBe(76);
  expect((await commandLine(["whoami", "--ca", home.file("none.pem")], options)).code).toBe(78);
});
