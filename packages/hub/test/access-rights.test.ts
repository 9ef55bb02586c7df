import { ALL_RIGHTS, DAY_MS, MINUTE_MS, roleHolds } from "@muster/core";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { passwordOf, startTestHub } from "./harness.ts";
import type { Client, TestHub, TokenClient } from "./harness.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub({
    users: { viewer: "viewer", operator: "operator", admin: "admin", second: "admin", wobbly: "admin" },
    servers: ["alpha"],
  });
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(() => hub.clock.advance(MINUTE_MS));

const patchUser = (by: Client, name: string, body: unknown) =>
  by.ask("PATCH", `/api/v1/users/${hub.userIds[name]}`, { body });
const deleteUser = (by: Client, name: string) => by.ask("DELETE", `/api/v1/users/${hub.userIds[name]}`);

describe("[AZ-14] the last administrator", () => {
  test("[AZ-14] cannot be demoted, disabled or deleted, and stays signed in after trying", async () => {
    await using lonely = await startTestHub({ users: { admin: "admin", viewer: "viewer" } });
    const admin = lonely.sessionOf("admin");
    const path = `/api/v1/users/${lonely.userIds["admin"]}`;
    for (const body of [{ role: "viewer" }, { role: "operator" }, { enabled: false }])
      expect((await admin.ask("PATCH", path, { body })).code).toBe("LAST_ADMIN");
    expect((await admin.ask("DELETE", path)).code).toBe("LAST_ADMIN");
    expect((await admin.get("/api/v1/me")).json.user.role).toBe("admin");
    // A disabled one does not count.
    const other = `/api/v1/users/${lonely.userIds["viewer"]}`;
    expect((await admin.ask("PATCH", other, { body: { role: "admin", enabled: false } })).status).toBe(200);
    expect((await admin.ask("DELETE", path)).code).toBe("LAST_ADMIN");
  });

  test("[AZ-14] two who demote each other at once leave one", async () => {
    await using pair = await startTestHub({ users: { one: "admin", other: "admin" } });
    const [one, other] = [pair.sessionOf("one"), pair.sessionOf("other")];
    const demote = (by: Client, name: string) =>
      by.ask("PATCH", `/api/v1/users/${pair.userIds[name]}`, { body: { role: "viewer" } });
    await Promise.all([demote(one, "other"), demote(other, "one")]);
    const admins = pair.state.prepare("SELECT count(*) AS n FROM user WHERE role = 'admin' AND enabled = 1").get();
    expect(admins?.["n"]).toBe(1);
  });

  test.for(["viewer", "operator"])("[AZ-14] a %s cannot raise himself by any door", async (name) => {
    const client = hub.sessionOf(name);
    expect((await patchUser(client, name, { role: "admin" })).code).toBe("FORBIDDEN");
    const body = { name: "twin", password: passwordOf("twin"), role: "admin" };
    expect((await client.post("/api/v1/users", body)).code).toBe("FORBIDDEN");
    for (const scope of ALL_RIGHTS) {
      // So many requests at once nobody may make.
      await hub.clock.advance(2_000);
      const made = await client.post("/api/v1/tokens", { name: "up", scopes: [scope] });
      expect([scope, made.status]).toEqual([scope, roleHolds(name as "viewer", scope) ? 201 : 403]);
      expect((await client.post("/api/v1/tokens", { name: "up", scopes: [scope, "users.write"] })).status).toBe(403);
    }
    expect(hub.state.prepare("SELECT role FROM user WHERE name = ?").get(name)?.["role"]).toBe(name);
  });

  test("[AZ-14] a token makes no token, and no user that may do more than itself", async () => {
    const narrow = await hub.tokenOf("admin", ["users.write", "users.read", "tokens.write"]);
    expect((await narrow.post("/api/v1/tokens", { name: "child", scopes: ["users.read"] })).code).toBe("FORBIDDEN");
    const body = (role: string) => ({ name: `of-${role}`, password: passwordOf("child"), role });
    for (const role of ["viewer", "operator", "admin"])
      expect((await narrow.post("/api/v1/users", body(role))).code).toBe("FORBIDDEN");
    for (const change of [{ password: passwordOf("stolen") }, { role: "admin" }, { enabled: true }])
      expect((await patchUser(narrow, "second", change)).code).toBe("FORBIDDEN");
    expect((await deleteUser(narrow, "second")).code).toBe("FORBIDDEN");
    const wide = await hub.tokenOf("admin", ALL_RIGHTS);
    expect((await wide.post("/api/v1/users", body("viewer"))).status).toBe(201);
  });

  test("[AZ-14] a token cannot prove an identity, change a password or sign out", async () => {
    const token = await hub.tokenOf("admin", ALL_RIGHTS);
    expect((await token.post("/api/v1/me/prove", { password: passwordOf("admin") })).code).toBe("FORBIDDEN");
    const next = { current: passwordOf("admin"), next: passwordOf("admin") };
    expect((await token.post("/api/v1/me/password", next)).code).toBe("FORBIDDEN");
    expect((await token.post("/api/v1/logout")).code).toBe("FORBIDDEN");
  });
});

describe("[AZ-15] a token", () => {
  const status = (token: TokenClient) => token.get("/api/v1/users").then((answer) => answer.status);

  test("[AZ-15] never holds more than its maker holds at the moment of use", async () => {
    const token = await hub.tokenOf("wobbly", ["users.read", "servers.read"]);
    const admin = hub.sessionOf("admin");
    expect(await status(token)).toBe(200);
    for (const [body, users, servers] of [
      [{ role: "viewer" }, 403, 200],
      [{ role: "admin" }, 200, 200],
      [{ enabled: false }, 401, 401],
      [{ enabled: true }, 200, 200],
    ] as const) {
      expect((await patchUser(admin, "wobbly", body)).status).toBe(200);
      expect([body, await status(token), (await token.get("/api/v1/servers")).status]).toEqual([body, users, servers]);
    }
    expect((await token.get("/api/v1/me")).json.rights.toSorted()).toEqual(["servers.read", "users.read"]);
  });

  test("[AZ-15] ends at its expiry to the millisecond", async () => {
    const token = await hub.tokenOf("admin", ["users.read"], 1);
    hub.clock.stepWallTime(DAY_MS - 1);
    expect(await status(token)).toBe(200);
    hub.clock.stepWallTime(1);
    expect(await status(token)).toBe(401);
  });

  test("[AZ-15] is dead within a second of being revoked", async () => {
    const token = await hub.tokenOf("admin", ["users.read"]);
    expect(await status(token)).toBe(200);
    const startedMs = performance.now();
    expect((await hub.sessionOf("admin").ask("DELETE", `/api/v1/tokens/${token.id}`)).status).toBe(204);
    expect(await status(token)).toBe(401);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  test("[AZ-15] is its maker's and administrators' to see and revoke, nobody else's", async () => {
    const token = await hub.tokenOf("operator", ["servers.read"]);
    const viewer = hub.sessionOf("viewer");
    const names = async (client: Client): Promise<string[]> =>
      (await client.get("/api/v1/tokens")).json.items.map(({ id }: { id: string }) => id);
    expect(await names(viewer)).not.toContain(token.id);
    expect((await viewer.ask("DELETE", `/api/v1/tokens/${token.id}`)).status).toBe(404);
    expect((await token.get("/api/v1/servers")).status).toBe(200);
    expect(await names(hub.sessionOf("operator"))).toContain(token.id);
    expect(await names(hub.sessionOf("admin"))).toContain(token.id);
    expect((await hub.sessionOf("admin").ask("DELETE", `/api/v1/tokens/${token.id}`)).status).toBe(204);
  });

  test("[AZ-15] is refused with any character changed, cut or added", async () => {
    const token = await hub.tokenOf("admin", ["users.read"]);
    const { secret } = token;
    const wrong = [
      secret.slice(0, -1),
      `${secret}A`,
      ` ${secret}x`,
      secret.replace("msa1", "msa2"),
      secret.toUpperCase(),
      `${secret.slice(0, 41)}.${"A".repeat(43)}`,
    ];
    for (let at = 5; at < secret.length; at += 7)
      wrong.push(`${secret.slice(0, at)}${secret[at] === "a" ? "b" : "a"}${secret.slice(at + 1)}`);
    for (const text of wrong) {
      const answer = await hub.client().ask("GET", "/api/v1/users", { headers: { authorization: `Bearer ${text}` } });
      expect([text.length, answer.status]).toEqual([text.length, 401]);
    }
    for (const scheme of ["Basic", "bearer", "Token", ""])
      expect(
        (await hub.client().ask("GET", "/api/v1/users", { headers: { authorization: `${scheme} ${secret}` } })).status,
      ).toBe(401);
  });

  test("[DS-01] a user has at most 200 of them", async () => {
    const insert = hub.state.prepare(
      "INSERT INTO api_token (id, user_id, name, secret_hash, scopes, created_at) VALUES (?, ?, 'many', '', '[]', 0)",
    );
    for (let count = 0; count < 200; count++) insert.run(`many-${count}`, hub.userIds["second"]!);
    const second = hub.sessionOf("second");
    expect((await second.post("/api/v1/tokens", { name: "one more", scopes: ["self.read"] })).code).toBe("CONFLICT");
    hub.state.exec("DELETE FROM api_token WHERE name = 'many'");
    expect((await second.post("/api/v1/tokens", { name: "one more", scopes: ["self.read"] })).status).toBe(201);
  });

  test("[AZ-15] its last use is written down", async () => {
    const token = await hub.tokenOf("admin", ["users.read"]);
    await status(token);
    const items: { id: string; lastUsedAt: number }[] = (await hub.sessionOf("admin").get("/api/v1/tokens")).json.items;
    expect(items.find(({ id }) => id === token.id)?.lastUsedAt).toBe(hub.clock.now());
  });
});

describe("[SE-11] dangerous requests", () => {
  test("[SE-11] need a proof that is at most five minutes old", async () => {
    const admin = await hub.signIn("admin");
    const make = () =>
      admin.post("/api/v1/users", {
        name: `u${Math.floor(hub.clock.monotonic())}`,
        password: passwordOf("u"),
        role: "viewer",
      });
    hub.clock.stepWallTime(5 * MINUTE_MS);
    expect((await make()).status).toBe(201);
    hub.clock.stepWallTime(1);
    await hub.clock.advance(1);
    expect((await make()).code).toBe("STEP_UP_NEEDED");
    expect((await admin.post("/api/v1/tokens", { name: "t", scopes: ["self.read"] })).code).toBe("STEP_UP_NEEDED");
    expect((await admin.get("/api/v1/users")).status).toBe(200);
    admin.take(await admin.post("/api/v1/me/prove", { password: passwordOf("admin") }));
    expect((await make()).status).toBe(201);
  });
});

describe("[AZ-12] a low role", () => {
  test("[AZ-12] hears no join tokens, users, audit rows or warnings about the hub", async () => {
    await hub.sessionOf("admin").post("/api/v1/join-tokens", { name: "newcomer" });
    for (const name of ["viewer", "operator"]) {
      const client = hub.sessionOf(name);
      for (const path of ["/api/v1/join-tokens", "/api/v1/users", "/api/v1/audit"])
        expect([path, (await client.get(path)).status]).toEqual([path, 403]);
      expect((await client.get("/api/v1/me")).json.hub.warnings).toEqual([]);
      expect((await client.get("/api/v1/servers")).text).not.toContain("newcomer");
    }
  });
});

test("[SE-13] a hash with old parameters is made anew at the next sign-in, and only by the right password", async () => {
  const hash = () =>
    String(hub.state.prepare("SELECT password_hash AS h FROM user WHERE name = 'second'").get()?.["h"]);
  const before = hash();
  expect(before).toContain("$m=8,t=1,p=1$");
  await hub.client().post("/api/v1/login", { name: "second", password: "wrong" });
  expect(hash()).toBe(before);
  await hub.signIn("second");
  expect(hash()).toContain("$m=19456,t=2,p=1$");
  await hub.signIn("second");
});

test("[SE-13] a hundred sign-ins at once hash two at a time and are all answered", { timeout: 60_000 }, async () => {
  const admin = hub.sessionOf("admin");
  const body = { name: "crowd", password: passwordOf("crowd"), role: "viewer" };
  expect((await admin.post("/api/v1/users", body)).status).toBe(201);
  const stored = String(
    hub.state.prepare("SELECT password_hash FROM user WHERE name = 'crowd'").get()?.["password_hash"],
  );
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  const before = process.memoryUsage().rss;
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => hub.client().post("/api/v1/login", { name: "crowd", password: "not it" })),
  );
  clearInterval(watch);
  const statuses = Map.groupBy(answers, ({ status }) => status);
  expect(new Set(statuses.keys())).toEqual(new Set([401, 429]));
  expect(peak - before).toBeLessThan(200 * 1024 * 1024);
  await waitFor(async () => (await hub.client().get("/healthz")).status === 200, { describe: "the hub lives" });
});
