import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ALL_RIGHTS, MINUTE_MS } from "@muster/core";
import { ROUTES } from "@muster/protocol";
import { expect, test } from "vitest";
import { passwordOf, startTestHub } from "./harness.ts";
import type { TestHub } from "./harness.ts";
import { openLive } from "./live-socket.ts";

/** Everything of the state database as text, blobs as hex and as they are. */
function dumpOf(hub: TestHub): string {
  const tables = hub.state.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return tables
    .flatMap(({ name }) => hub.state.prepare(`SELECT * FROM "${String(name)}"`).all())
    .flatMap((row) => Object.values(row))
    .map((value) =>
      value instanceof Uint8Array
        ? `${Buffer.from(value).toString("hex")} ${Buffer.from(value).toString("latin1")}`
        : String(value),
    )
    .join("\n");
}

test("[CR-01] no secret comes back in an answer, an error, a log line, an audit row or the database", async () => {
  await using hub = await startTestHub({ users: {}, servers: ["alpha"] });
  const setupCode = new URL(hub.running.setupUrl!).hash.slice(1);
  /** Each with the number of answers it may stand in: those that are its only way to its owner. */
  const canaries = new Map<string, number>([[setupCode, 0]]);
  const password = (word: string): string => {
    const text = `canary password ${word} ${"5tr0ng"}`;
    canaries.set(text, 0);
    return text;
  };

  const client = hub.client();
  const first = password("first");
  client.take(await client.post("/api/v1/setup", { code: setupCode, name: "root", password: first }));
  canaries.set(client.cookie!.split("=")[1]!, 1);
  // Wrong in every way: whatever is sent back must not hold what was sent.
  await client.post("/api/v1/login", { name: "root", password: password("wrong") });
  await client.post("/api/v1/login", { name: "root", password: password("surplus"), extra: true });
  await client.post("/api/v1/login", `{"name":"root","password":"${password("broken")}"`);
  await client.post("/api/v1/login", { name: 5, password: password("mistyped") });
  await client.ask("POST", "/api/v1/login", {
    body: { name: "root", password: password("crossed") },
    headers: { origin: "https://evil.example" },
  });
  await client.post("/api/v1/setup", { code: setupCode, name: "again", password: password("again") });
  await client.post("/api/v1/users", { name: "UPPER", password: password("upper"), role: "viewer" });
  await client.post("/api/v1/users", { name: "anna", password: password("anna"), role: "viewer" });
  await client.post("/api/v1/users", { name: "anna", password: password("taken"), role: "viewer" });
  const anna = hub.state.prepare("SELECT id FROM user WHERE name = 'anna'").get()?.["id"];
  await client.ask("PATCH", `/api/v1/users/${String(anna)}`, { body: { password: password("changed") } });
  await client.post("/api/v1/me/prove", { password: password("not proving") });
  const next = password("next");
  client.take(await client.post("/api/v1/me/password", { current: first, next }));
  canaries.set(client.cookie!.split("=")[1]!, 1);

  const token = await client.post("/api/v1/tokens", { name: "robot", scopes: ALL_RIGHTS });
  const secret = token.json.secret as string;
  canaries.set(secret, 1).set(secret.split(".")[2]!, 1);
  const join_ = await client.post("/api/v1/join-tokens", { name: "beta" });
  const joinSecret = (join_.json.token as string).split(".")[2]!;
  canaries.set(joinSecret, 1);
  const kek = readFileSync(hub.directory.file("kek"));
  for (const text of [kek.toString("hex"), kek.toString("base64url"), kek.toString("base64"), kek.toString("latin1")])
    canaries.set(text, 0);

  // Everything that can be read, by a session, by the token, by nobody; then with a database that breaks.
  const byToken = hub.client();
  const live = await openLive(hub, client);
  live.send({ t: "subscribe", topic: "fleet" });
  live.send({ t: "subscribe", topic: `join-token/${join_.json.joinToken.id}` });
  await live.next(({ topic }) => topic?.startsWith("join-token/"), "the join token");
  const walk = async (): Promise<void> => {
    for (const name of Object.keys(ROUTES)) {
      const [method = "", template = ""] = name.split(" ");
      const path = template.replace("{id}", hub.servers[0]!.id);
      if (method === "GET") for (const who of [client, hub.client()]) await who.get(path);
      await byToken.ask(method, path, { headers: { authorization: `Bearer ${secret}`, origin: undefined } });
      await byToken.ask(method, `${path}?token=1`, { headers: { authorization: `Bearer ${secret}x` } });
    }
    for (const path of ["/metrics", "/healthz", "/api/docs", "/api/v1/openapi.json", "/agent/install.sh"])
      await client.get(path);
  };
  await walk();
  await live.close();
  await hub.clock.advance(2 * MINUTE_MS);
  const dump = dumpOf(hub);
  hub.state.exec("ALTER TABLE user RENAME TO user_away; ALTER TABLE join_token RENAME TO join_token_away");
  await walk();
  await client.post("/api/v1/login", { name: "root", password: next });
  await hub.stop();

  const logs = hub.logs.join("\n");
  expect(logs.length).toBeGreaterThan(1_000);
  expect(dump.length).toBeGreaterThan(1_000);
  for (const [canary, times] of canaries) {
    const inAnswers = hub.answers.filter((answer) => answer.includes(canary)).length;
    expect([canary.slice(0, 24), inAnswers <= times]).toEqual([canary.slice(0, 24), true]);
    expect([canary.slice(0, 24), logs.includes(canary), dump.includes(canary)]).toEqual([
      canary.slice(0, 24),
      false,
      false,
    ]);
    for (const file of [
      "state.db",
      "state.db-wal",
      "audit-checkpoints.log",
      "hub.holder.json",
      "keys/root.sealed",
      "keys/hub.sealed",
      "keys/hub.cert.json",
    ]) {
      let content: string;
      try {
        content = readFileSync(join(hub.dataDir, file), "latin1");
      } catch {
        continue;
      }
      expect([canary.slice(0, 24), file, content.includes(canary)]).toEqual([canary.slice(0, 24), file, false]);
    }
  }
});

test("[XS-07] nothing from outside forges a log line or steers a terminal", async () => {
  for (const logFormat of ["json", "text"]) {
    await using hub = await startTestHub({ settings: { logFormat }, users: { admin: "admin" }, servers: ["alpha"] });
    const nasty = 'x\r\n{"level":"error","message":"forged"}\u001b[2J\u009b31m\u2028\u202e';
    const admin = hub.sessionOf("admin");
    await admin.ask("PATCH", `/api/v1/servers/${hub.servers[0]!.id}`, { body: { notes: nasty } });
    await hub.client().post("/api/v1/login", { name: nasty, password: passwordOf("x") });
    hub.running.log.warn(`message ${nasty}`, { field: nasty, [nasty]: 1, error: new Error(nasty) });
    hub.state.exec("ALTER TABLE session RENAME TO session_away");
    await admin.get("/api/v1/me");
    expect(hub.logs.length).toBeGreaterThan(2);
    for (const line of hub.logs) {
      expect(line.endsWith("\n")).toBe(true);
      // eslint-disable-next-line no-control-regex -- they are what must not be there
      expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
      if (logFormat === "json") expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
  }
});
