import { ALL_RIGHTS, isRight } from "@muster/core";
import type { Right } from "@muster/core";
import { APP_PATHS, ROUTES } from "@muster/protocol";
import type { Permission, Route } from "@muster/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { COMPAT_PATHS, SERVED } from "../src/http/compat/compat-table.ts";
import type { CompatPath } from "../src/http/compat/compat-table.ts";
import { CALLERS, COMPAT_MATRIX, COMPAT_ROWS_LEAST } from "./access-matrix.ts";
import type { CallerName } from "./access-matrix.ts";
import { passwordOf, startTestHub } from "./harness.ts";
import type { Ask, Client, TestHub, TokenClient } from "./harness.ts";
import { upgrade } from "./live-socket.ts";
import { newSshKey, newUser } from "./victims.ts";

let hub: TestHub;
const tokens = new Map<string, TokenClient>();
let pushing: string;
let panel: string;

beforeAll(async () => {
  hub = await startTestHub({ servers: ["lasting", ...spareNames], services: ["nginx.service"] });
  const made = await hub.sessionOf("admin").post("/api/v1/servers", { name: "pushing", link: { kind: "push" } });
  pushing = made.json.server.id as string;
  const probe = { name: "panel", kind: "marzban", settings: { url: "http://127.0.0.1:1/", user: "a" }, secret: "x" };
  panel = (await hub.sessionOf("admin").post("/api/v1/probes", probe)).json.probe.id as string;
});
afterAll(() => hub[Symbol.asyncDispose]());

const spareNames = Array.from({ length: 20 }, (_, index) => `spare-${index}`);
const MISSING_ID = "01920000-0000-7000-8000-000000000000";
const lasting = (): string => hub.servers[0]!.id;
const spare = (): string => hub.servers.find(({ name, id }) => name !== "lasting" && isThere(id))!.id;
const isThere = (id: string): boolean => hub.state.prepare("SELECT 1 FROM server WHERE id = ?").get(id) !== undefined;
let made = 0;
/** A token of an administrator; the scopes decide. */
async function tokenWith(scopes: readonly Right[]): Promise<TokenClient> {
  const name = scopes.join(" ");
  const known = tokens.get(name);
  if (known !== undefined) return known;
  const token = await hub.tokenOf("admin", scopes);
  tokens.set(name, token);
  return token;
}
const rightsOf = (permissions: readonly Permission[]): readonly Right[] => {
  const rights = permissions.filter((permission): permission is Right => isRight(permission));
  return rights.length === 0 ? ["self.read"] : rights;
};

function callerNamed(name: CallerName, permissions: readonly Permission[]): Client | Promise<Client> {
  const rights = rightsOf(permissions);
  if (name === "nobody") return hub.client();
  if (name === "token with") return tokenWith(rights);
  if (name === "token without") return tokenWith(ALL_RIGHTS.filter((right) => right !== rights[0]));
  return hub.sessionOf(name);
}

type Is = "existing" | "missing";
const roleOf = (caller: CallerName): string => (caller.startsWith("token") || caller === "nobody" ? "admin" : caller);
const login = (caller: CallerName, is: Is): Ask => ({
  body: {
    username: is === "existing" ? roleOf(caller) : "stranger",
    password: passwordOf(roleOf(caller)),
  },
});
const account = () => ({ username: `made-${made++}`, password: "twelve or more characters", role: "viewer" });
const ssh = { host: "127.0.0.1", port: 1, username: "root", ssh_password: "x" };

/** What to put into a path, and what to send. Doors without an entry are asked by their path, with the lasting server's id. */
const KNOCKS: Readonly<
  Record<string, (caller: CallerName, is: Is) => { readonly id?: string; readonly query?: string } & Ask>
> = {
  "s1 POST /api/servers/{id}/refresh": () => ({ id: pushing }),
  "s2 POST /api/servers/register": () => ({ body: { name: "new" } }),
  "s2 POST /api/servers/{id}/heartbeat": () => ({ id: pushing, body: { metrics: { cpu_percent: 1 } } }),
  "s2 POST /api/servers/{id}/command": () => ({ body: { action: "restart", service_name: "nginx" } }),
  "s2 POST /api/service/add": (_, is) => ({
    body: { name: "api", start_cmd: "/usr/bin/api --port 80", server_id: is === "existing" ? lasting() : MISSING_ID },
  }),
  "s3 POST /api/login": login,
  "s3 GET /api/metrics/history": (_, is) => ({ query: `?service=${is === "existing" ? "nginx.service" : "none"}` }),
  "s3 GET /api/marzban/instances/{id}": () => ({ id: panel }),
  "s4 POST /auth/login": login,
  "s4 POST /auth/users": () => ({ body: account() }),
  "s4 DELETE /auth/users/{id}": () => ({ id: newUser(hub) }),
  "s4 POST /backends/": () => ({ body: { name: `made-${made++}`, base_url: "http://127.0.0.1:1/" } }),
  "s4 PUT /backends/{id}": () => ({ body: { notes: "walked" } }),
  "s4 DELETE /backends/{id}": () => ({ id: spare() }),
  "s4 POST /backends/{id}/refresh": () => ({ id: pushing }),
  "s4 POST /metrics/{id}": () => ({ id: pushing, body: { ram_used_percent: 1 } }),
  "s4 PUT /system/retention": () => ({ body: { retention_days: 30 } }),
  "s5 POST /api/auth/login": login,
  "s5 POST /api/servers": () => ({ body: { name: `made-${made++}`, ...ssh } }),
  "s5 PUT /api/servers/{id}": () => ({ body: { description: "walked" } }),
  "s5 DELETE /api/servers/{id}": () => ({ id: spare() }),
  "s5 POST /api/servers/test": () => ({ body: ssh }),
  "s5 POST /api/remote/action/{id}": () => ({
    body: { action_type: "service_action", action_data: { service: "nginx", action: "restart" } },
  }),
  "s5 GET /api/ssh/pubkey": () => (newSshKey(hub), {}),
  "s5 POST /api/users": () => ({ body: account() }),
  "s5 GET /api/users/{id}": () => ({ id: newUser(hub) }),
  "s5 PUT /api/users/{id}": () => ({ id: newUser(hub), body: { role: "operator" } }),
  "s5 DELETE /api/users/{id}": () => ({ id: newUser(hub) }),
  "s5 POST /api/ssh-keys": () => ({ body: { name: `made-${made++}` } }),
  "s5 DELETE /api/ssh-keys/{id}": () => ({ id: newSshKey(hub) }),
};

function knock({ tongue, name, path }: CompatPath, caller: CallerName, is: Is): readonly [path: string, ask: Ask] {
  const { id = lasting(), query = "", ...ask } = KNOCKS[`${tongue} ${name}`]?.(caller, is) ?? {};
  const filled = path
    .replace("{id}", is === "existing" ? id : MISSING_ID)
    .replace(/\{(?:name|service)\}/, is === "existing" ? "nginx.service" : "none")
    .replace("{kind}", "backend")
    .replace("{n}", "1")
    .replace("{key}", "x");
  return [`${filled}${query}`, ask];
}

/** 101 where it opens; the status of a refusal otherwise. */
async function openSocket(client: Client, path: string): Promise<string> {
  const { secret } = client as Partial<TokenClient>;
  const authorization = secret === undefined ? undefined : `Bearer ${secret}`;
  const opened = await upgrade(hub, path, {
    origin: secret === undefined ? hub.origin : undefined,
    cookie: client.cookie,
    authorization,
  });
  if (!(opened instanceof WebSocket)) return String(opened.status);
  opened.terminate();
  await new Promise((resolve) => opened.once("close", resolve));
  return "101";
}

describe("[AZ-01] the table of other systems' paths", () => {
  test("[AZ-01] [CP1] has a row of the matrix for every door that is served, and no fewer than before", () => {
    const doors = Object.entries(SERVED).flatMap(([tongue, table]) =>
      Object.keys(table).map((name) => `${tongue} ${name}`),
    );
    expect(doors.toSorted()).toEqual(Object.keys(COMPAT_MATRIX).toSorted());
    expect(doors.length).toBeGreaterThanOrEqual(COMPAT_ROWS_LEAST);
  });

  test("[CP1] names no address twice, none of our own API, and no page of the web app", () => {
    const addresses = COMPAT_PATHS.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, "{}")}`);
    expect(addresses).toHaveLength(new Set(addresses).size);
    const pages: readonly string[] = APP_PATHS.map((path) => path.replace(/:\w+/g, "{}"));
    const own = new Set(Object.keys(ROUTES).map((name) => name.replace(/\{\w+\}/g, "{}")));
    for (const address of addresses) {
      const path = address.split(" ")[1]!;
      expect([address, pages.includes(path), own.has(address), path.startsWith("/api/v1")]).toEqual([
        address,
        false,
        false,
        false,
      ]);
    }
  });

  test("[CP2] asks at each door for all that our own routes behind it ask for, and is public where they are", () => {
    for (const [tongue, table] of Object.entries(SERVED))
      for (const [name, { over, permissions }] of Object.entries(table)) {
        // Signing in, and that the hub lives.
        if (permissions[0] === "public" && over.length === 0) expect(`${tongue} ${name}`).toBe("s4 GET /healthz");
        const needed = over.map((route) => (ROUTES[route] as Route).permission).filter(isRight);
        expect([`${tongue} ${name}`, needed.filter((right) => !permissions.includes(right))]).toEqual([
          `${tongue} ${name}`,
          [],
        ]);
        if (over.some((route) => !["public", "own-token"].includes((ROUTES[route] as Route).permission)))
          expect([`${tongue} ${name}`, permissions[0]]).not.toEqual([`${tongue} ${name}`, "public"]);
      }
  });

  test.for(COMPAT_PATHS.filter(({ door }) => door !== undefined).map((at) => [`${at.method} ${at.path}`, at] as const))(
    "[AZ-01] %s",
    async ([, at]) => {
      const [existing, missing] = COMPAT_MATRIX[`${at.tongue} ${at.name}`]!;
      await hub.clock.advance(30_000);
      for (const [is, expected] of [
        ["existing", existing],
        ["missing", missing],
      ] as const) {
        if (expected === undefined) continue;
        const got: string[] = [];
        for (const name of CALLERS) {
          const client = await callerNamed(name, at.door!.permissions);
          const [path, ask] = knock(at, name, is);
          if (at.method === "WS") got.push(await openSocket(client, path));
          else {
            const answer = await client.ask(at.method, path, ask);
            got.push(String(answer.status));
            expectShape(at, answer.status, answer.json);
          }
        }
        expect(got.join(" "), is).toBe(expected);
      }
    },
  );

  test.for(COMPAT_PATHS.filter(({ door }) => door === undefined).map((at) => [`${at.method} ${at.path}`, at] as const))(
    "[CP7] %s is not served, and says so to whoever is signed in",
    async ([, at]) => {
      await hub.clock.advance(1_000);
      const [path, ask] = knock(at, "viewer", "existing");
      expect((await hub.client().ask(at.method, path, ask)).status).toBe(401);
      const answer = await (await tokenWith(["self.read"])).ask(at.method, path, ask);
      expect(answer.status).toBe(501);
      expectShape(at, answer.status, answer.json);
      expect(answer.text).toContain("Not served here");
    },
  );
});

test("[SE-10] every unsafe door refuses a session's request from another page, and one without its token", async () => {
  const unsafe = COMPAT_PATHS.filter(
    ({ method, door }) =>
      method !== "GET" && method !== "WS" && !["public", "own-token"].includes(door?.permissions[0] ?? ""),
  );
  for (const at of unsafe) {
    await hub.clock.advance(1_000);
    const session = hub.sessionOf("admin");
    for (const headers of [{ origin: "http://evil.example" }, { origin: undefined }, { "x-muster-csrf": undefined }]) {
      const [path] = knock(at, "admin", "missing");
      expect([`${at.method} ${path}`, (await session.ask(at.method, path, { headers })).status]).toEqual([
        `${at.method} ${path}`,
        403,
      ]);
    }
  }
});

/** [CP8] Whatever goes wrong is told as that system tells it. */
function expectShape({ tongue }: CompatPath, status: number, json: unknown): void {
  if (status < 400) return;
  const body = json as Readonly<Record<string, unknown>>;
  if (tongue === "s5") {
    const { error, ...others } = body;
    expect([typeof error, others["success"] ?? false]).toEqual(["string", false]);
  } else expect(Object.keys(body)).toEqual(["detail"]);
}
