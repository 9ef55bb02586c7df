import { ERRORS } from "@muster/core";
import { resources, ROUTES } from "@muster/protocol";
import type { Route } from "@muster/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { passwordOf, rawRequest, sendRaw, startTestHub } from "./harness.ts";
import type { Client, TestHub } from "./harness.ts";

let hub: TestHub;
let admin: Client;
beforeAll(async () => {
  hub = await startTestHub({ users: { admin: "admin", viewer: "viewer" }, servers: ["alpha"] });
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(async () => {
  await hub.clock.advance(60_000);
  admin = hub.sessionOf("admin");
});

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const UNSAFE = (Object.keys(ROUTES) as (keyof typeof ROUTES)[]).filter((name) => !name.startsWith("GET "));
/** Routes that look at no session and no API token: they check a bearer token of their own kind. */
const OWN_TOKEN = (Object.keys(ROUTES) as (keyof typeof ROUTES)[]).filter(
  (name) => (ROUTES[name] as Route).permission === "own-token",
);
const SIGNED_IN_UNSAFE = UNSAFE.filter(
  (name) => (ROUTES[name] as Route).permission !== "public" && !OWN_TOKEN.includes(name),
);
const pathOf = (name: string): string =>
  name
    .split(" ")[1]!
    .replace("join-tokens/{id}", "join-tokens/0123456789")
    .replace("{id}", "01920000-0000-7000-8000-000000000000")
    .replace("{needed}", "01920000-0000-7000-8000-000000000000")
    .replace("{driver}/{name}", "process/web")
    .replace("{act}", "clear")
    .replace("pings/{token}", "pings/mpg1.0123456789abcdefghijkl")
    .replace("{signal}", "fail");
const methodOf = (name: string): string => name.split(" ")[0]!;

describe("[AZ-09] one way to write a path", () => {
  const variants = [
    "//api/v1/me",
    "/api//v1/me",
    "/api/v1//me",
    "/api/v1/me/",
    "/api/v1/./me",
    "/api/v1/../v1/me",
    "/api/v1/users/../me",
    "/api/v1/%6de",
    "/api/v1/%2e%2e/v1/me",
    "/api/v1/m%65",
    "/api%2fv1%2fme",
    "/api/v1/me%00",
    "/api/v1/me%",
    "/api/v1/me%zz",
    "/api/v1/me.",
    "/api/v1/me;x=1",
    "/api/v1/me\\",
    "/api\\v1\\me",
    "/API/v1/me",
    "/api/V1/Me",
    "/api/v1/ME",
    "/.api/v1/me",
    "/api/v1",
    "*",
    "http://evil.example/api/v1/me",
    "/api/v1/servers/..",
    "/api/v1/servers/%2e%2e",
    "/api/v1/servers/not-an-id",
    `/api/v1/servers/${"a".repeat(300)}`,
  ];
  test.for(variants)("[AZ-09] %s is not found, even with the best of credentials", async (path) => {
    const token = await hub.tokenOf("admin", ["self.read", "servers.read"]);
    const answer = await rawRequest(hub.port, `GET ${Buffer.from(path).toString("latin1")} HTTP/1.1`, [
      `Authorization: Bearer ${token.secret}`,
    ]);
    expect(statusOf(answer)).toBe(404);
    expect(answer).not.toContain("admin");
  });

  test("[AZ-09] an unsafe request by a crooked path reaches no handler", async () => {
    const before = hub.state.prepare("SELECT count(*) AS n FROM join_token").get()?.["n"];
    for (const path of ["//api/v1/join-tokens", "/api/v1/join-tokens/", "/api/v1/join%2dtokens", "/api/v1/Join-Tokens"])
      expect([path, (await admin.post(path, {})).status]).toEqual([path, 404]);
    expect(hub.state.prepare("SELECT count(*) AS n FROM join_token").get()?.["n"]).toBe(before);
  });

  test("[AZ-09] another method on a known path is not found", async () => {
    for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "PROPFIND"])
      expect([method, (await admin.ask(method, "/api/v1/me")).status]).toEqual([method, 404]);
    expect(statusOf(await rawRequest(hub.port, "TRACE /api/v1/me HTTP/1.1"))).toBe(404);
    expect(await rawRequest(hub.port, "CONNECT example.org:80 HTTP/1.1")).toBe("");
  });

  test("[AZ-09] method override headers and fields are nothing", async () => {
    const headers = { "x-http-method-override": "DELETE", "x-method-override": "DELETE" };
    const path = `/api/v1/servers/${hub.servers[0]!.id}`;
    expect((await admin.ask("GET", path, { headers })).status).toBe(200);
    expect((await admin.ask("GET", `${path}?_method=DELETE`)).code).toBe("BAD_REQUEST");
    expect((await admin.get(path)).status).toBe(200);
  });
});

describe("[FS-01] files outside the map", () => {
  test.for([
    "/../state.db",
    "/..%2f..%2fstate.db",
    "/assets/../../state.db",
    "/assets/..%5c..%5cstate.db",
    "/assets/%2e%2e/%2e%2e/state.db",
    "/assets/%252e%252e/state.db",
    "/assets../state.db",
    "/assets/....//state.db",
    "/assets/..;/state.db",
    "/assets%00.js",
    "/assets/index.js%00.txt",
    "/assets\\..\\state.db",
    "/data/state.db",
    "/state.db",
    "/keys/root.sealed",
    "/.git/config",
    "/package.json",
    "/agent/../keys/root.sealed",
    "/etc/passwd",
    "/file:///etc/passwd",
  ])("[FS-01] %s", async (path) => {
    const answer = await rawRequest(hub.port, `GET ${path} HTTP/1.1`);
    expect(statusOf(answer)).toBe(404);
    expect(answer).not.toMatch(/SQLite|root:|"name"/);
  });
});

describe("[SE-10] requests from other pages", () => {
  test.for(OWN_TOKEN)("[SE-10] %s counts no session, whatever page it comes from", async (name) => {
    const isBot = name.includes("/telegram/");
    const body = name.endsWith("register") ? { name: "x" } : isBot ? { update_id: 1 } : { metrics: {} };
    for (const headers of [{}, { origin: "https://evil.example" }, { "x-muster-csrf": undefined }]) {
      const answer = await admin.ask(methodOf(name), pathOf(name), { body, headers });
      // A ping's token is in its path: one that nobody has is a path that is not there. So is a bot without a webhook.
      expect(isBot || name.includes("/pings/") ? [400, 403, 404] : [401, 403], answer.text).toContain(answer.status);
    }
  });

  test.for(SIGNED_IN_UNSAFE)("[SE-10] %s takes no request without Origin, own site and token", async (name) => {
    const ask = (headers: Readonly<Record<string, string | undefined>>) =>
      admin.ask(methodOf(name), pathOf(name), { body: {}, headers });
    const wrong: [Record<string, string | undefined>, string][] = [
      [{ origin: undefined }, "WRONG_ORIGIN"],
      [{ origin: "null" }, "WRONG_ORIGIN"],
      [{ origin: "https://evil.example" }, "WRONG_ORIGIN"],
      [{ origin: `${hub.origin}.evil.example` }, "WRONG_ORIGIN"],
      [{ origin: hub.origin.replace("http:", "https:") }, "WRONG_ORIGIN"],
      [{ "sec-fetch-site": "cross-site" }, "WRONG_ORIGIN"],
      [{ "sec-fetch-site": "same-site" }, "WRONG_ORIGIN"],
      [{ "sec-fetch-site": "none" }, "WRONG_ORIGIN"],
      [{ "x-muster-csrf": undefined }, "CSRF_TOKEN_WRONG"],
      [{ "x-muster-csrf": "" }, "CSRF_TOKEN_WRONG"],
      [{ "x-muster-csrf": hub.sessionOf("admin").csrf }, "CSRF_TOKEN_WRONG"],
    ];
    for (const [headers, code] of wrong) {
      const answer = await ask(headers);
      expect([headers, answer.status, answer.code]).toEqual([headers, 403, code]);
    }
    await hub.clock.advance(30_000);
    // With everything right it is refused for something else, if at all.
    const right = await ask({ "sec-fetch-site": "same-origin" });
    expect(right.code).not.toBe("WRONG_ORIGIN");
    expect(right.code).not.toBe("CSRF_TOKEN_WRONG");
  });

  test("[SE-10] nobody is signed in by another page", async () => {
    const body = { name: "admin", password: passwordOf("admin") };
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: undefined, "sec-fetch-site": "cross-site" },
    ]) {
      const answer = await hub.client().ask("POST", "/api/v1/login", { body, headers });
      expect([answer.status, answer.headers["set-cookie"]]).toEqual([403, undefined]);
    }
  });

  test("[SE-10] a form cannot send what the API takes", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const answer = await admin.ask("POST", "/api/v1/join-tokens", { body: "{}", headers: { "content-type": type } });
      expect([type, answer.code]).toEqual([type, "WRONG_CONTENT_TYPE"]);
    }
  });

  test("[SE-10] no GET changes a thing", async () => {
    const dump = (): string =>
      JSON.stringify(
        ["user", "session", "api_token", "join_token", "server", "agent", "audit", "meta"].map((table) =>
          hub.state.prepare(`SELECT * FROM ${table}`).all(),
        ),
        (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value),
      );
    const before = dump();
    for (const name of Object.keys(ROUTES).filter((route) => route.startsWith("GET ")))
      await admin.get(pathOf(name).replace("01920000-0000-7000-8000-000000000000", hub.servers[0]!.id));
    for (const path of ["/", "/healthz", "/metrics", "/api/docs", "/api/v1/openapi.json", "/agent/install.sh"])
      await admin.get(path);
    expect(dump()).toBe(before);
  });

  test("[SE-10] no answer invites another origin", async () => {
    for (const path of ["/api/v1/me", "/api/v1/openapi.json", "/healthz", "/nothing"]) {
      const { headers } = await admin.ask("GET", path, { headers: { origin: "https://evil.example" } });
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(headers["content-security-policy"]).toMatch(
        /default-src 'self'; script-src 'self';.*object-src 'none'; base-uri 'none';.*frame-ancestors 'none'; require-trusted-types-for 'script'/,
      );
    }
  });
});

describe("[SE-14] the host", () => {
  test("[SE-14] an unknown one is answered 421, whatever is asked", async () => {
    for (const host of [
      "evil.example",
      `evil.example:${hub.port}`,
      "127.0.0.1",
      `127.0.0.1.:${hub.port}`,
      `127.0.0.2:${hub.port}`,
      `127.0.0.1:${hub.port}@evil.example`,
    ])
      for (const path of ["/api/v1/me", "/", "/api/docs", "/agent/install.sh", "/metrics", "/nothing"]) {
        const answer = await admin.ask("GET", path, { headers: { host } });
        expect([host, path, answer.status, answer.code]).toEqual([host, path, 421, "WRONG_HOST"]);
      }
  });

  test("[SE-14] the own ones are loopback's names with the port", async () => {
    for (const host of [`127.0.0.1:${hub.port}`, `localhost:${hub.port}`, `LOCALHOST:${hub.port}`])
      expect((await admin.ask("GET", "/api/v1/me", { headers: { host } })).status).toBe(200);
  });

  test("[SE-14] forwarded host headers are not looked at, and links come from publicUrl", async () => {
    await using proxied = await startTestHub({
      settings: { publicUrl: "https://muster.example.org,https://other.example.org" },
      users: { admin: "admin" },
    });
    const headers = {
      host: "other.example.org",
      origin: "https://other.example.org",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "http",
      forwarded: "host=evil.example",
    };
    const client = proxied.sessionOf("admin");
    const made = await client.ask("POST", "/api/v1/join-tokens", { body: { name: "beta" }, headers });
    expect(made.json.hubUrl).toBe("https://muster.example.org");
    expect(made.json.command).toContain("https://muster.example.org");
    expect(made.text).not.toMatch(/evil|other\.example/);
    expect(proxied.running.setupUrl ?? "").not.toContain("evil");
  });

  test("[SE-14] health is told under any host, and tells nothing more", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const answer = await hub.client().ask("GET", path, { headers: { host: "whatever" } });
      expect([answer.status, answer.text.length < 12]).toEqual([200, true]);
    }
  });
});

describe("[AZ-13] bodies are strict", () => {
  test.for(UNSAFE.filter((name) => (ROUTES[name] as Route).body))(
    "[AZ-13] %s names a field it does not know",
    async (name) => {
      const answer = await admin.ask(methodOf(name), pathOf(name), { body: { ownerId: "me" } });
      expect(answer.status).toBe(400);
      expect(answer.json.error.fields).toMatchObject({ "body.ownerId": "is not a field of this request" });
    },
  );

  test.for(UNSAFE.filter((name) => !(ROUTES[name] as Route).body))("[AZ-13] %s takes no body at all", async (name) => {
    const answer = await hub.sessionOf("admin").ask(methodOf(name), pathOf(name), { body: { role: "admin" } });
    expect([answer.status, answer.code]).toEqual([400, "BAD_REQUEST"]);
  });

  test("[AZ-13] a role cannot be smuggled into the own password change or a prototype", async () => {
    const viewer = hub.sessionOf("viewer");
    const bodies = [
      { current: passwordOf("viewer"), next: passwordOf("viewer"), role: "admin" },
      `{"current":"${passwordOf("viewer")}","next":"${passwordOf("viewer")}","__proto__":{"role":"admin"}}`,
      `{"current":"${passwordOf("viewer")}","next":"${passwordOf("viewer")}","constructor":{"prototype":{"role":"admin"}}}`,
    ];
    for (const body of bodies) expect((await viewer.post("/api/v1/me/password", body)).code).toBe("BAD_REQUEST");
    expect(({} as { role?: string }).role).toBeUndefined();
    expect((await viewer.get("/api/v1/me")).json.user.role).toBe("viewer");
  });

  test.for([
    ["no JSON", "{", 400, "BAD_JSON"],
    ["a list", "[]", 400, "BAD_REQUEST"],
    ["null", "null", 400, "BAD_REQUEST"],
    ["a text", '"x"', 400, "BAD_REQUEST"],
    ["nothing", "", 400, "BAD_REQUEST"],
    ["two values", "{}{}", 400, "BAD_JSON"],
    ["a duplicate field, of which the last counts", '{"uses":5,"uses":0}', 400, "BAD_REQUEST"],
    ["wrong types", '{"uses":"1"}', 400, "BAD_REQUEST"],
    ["not a number", '{"uses":1e999}', 400, "BAD_REQUEST"],
    ["a deep tree", `{"tags":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, 400, "BAD_REQUEST"],
    ["a name of 200 kB", `{"name":"${"a".repeat(200_000)}"}`, 400, "BAD_REQUEST"],
    ["a name of 10 MB", `{"name":"${"a".repeat(10_000_000)}"}`, 413, "BODY_TOO_LARGE"],
  ] as const)("[DS-02] a body of %s is answered, not suffered", async ([, body, status, code]) => {
    const answer = await admin
      .ask("POST", "/api/v1/join-tokens", { body })
      .catch((error: NodeJS.ErrnoException) => error);
    // While megabytes are still being sent the hub may already have hung up.
    if (answer instanceof Error)
      expect([status, answer.code]).toEqual([413, expect.stringMatching(/EPIPE|ECONNRESET/)]);
    else expect([answer.status, answer.code]).toEqual([status, code]);
  });
});

describe("[AZ-03] empty, null and all", () => {
  const query = (parameters: string) => admin.get(`/api/v1/metrics/query?${parameters}`);
  const rest = "metric=cpu_busy_ratio&from=0&to=60000";

  test.for(["", ",", "all", "*", "null", "undefined", "%00", "-", "1", "0", "[]", "{}", "%", "_", "%25"])(
    "[AZ-03] server=%s widens nothing",
    async (server) => {
      const answer = await query(`server=${encodeURIComponent(server)}&${rest}`);
      expect(answer.status).toBe(400);
    },
  );

  test("[AZ-03] a list with an empty part, a repeated or a missing parameter is a mistake", async () => {
    const { id } = hub.servers[0]!;
    for (const parameters of [
      rest,
      `server=${id},&${rest}`,
      `server=,${id}&${rest}`,
      `server=${id}&server=${id}&${rest}`,
      `server[]=${id}&${rest}`,
      `server=${id}&metric=&from=0&to=1`,
      `server=${id}&metric=cpu_busy_ratio&from=&to=60000`,
      `server=${id}&metric=cpu_busy_ratio&to=60000`,
      `server=${id}&${rest}&step=`,
      `server=${id}&${rest}&labels=`,
      `server=${id}&${rest}&labels=[]`,
      `server=${id}&${rest}&labels=null`,
      `server=${id}&${rest}&labels={"mount":null}`,
      `server=${id}&${rest}&everything=true`,
    ]) {
      const answer = await query(parameters);
      expect([parameters, answer.status]).toEqual([parameters, 400]);
    }
    expect((await query(`server=${id}&${rest}`)).status).toBe(200);
  });

  test("[AZ-03] an audit filter left empty is a mistake, not everybody", async () => {
    for (const parameters of [
      "actor=",
      "action=",
      "target=",
      "limit=",
      "limit=0",
      "limit=-1",
      "before=0",
      "limit=501",
      "actor=a&actor=b",
    ])
      expect([parameters, (await admin.get(`/api/v1/audit?${parameters}`)).status]).toEqual([parameters, 400]);
    expect((await admin.get("/api/v1/audit?actor=nobody-of-that-name")).json.items).toEqual([]);
  });

  test("[AZ-03] a token with no scope or an unknown one cannot be made", async () => {
    for (const scopes of [[], null, ["all"], ["*"], [""], [null], "all", undefined, ["servers.read", "servers.*"]])
      expect((await admin.post("/api/v1/tokens", { name: "wide", scopes })).status).toBe(400);
  });
});

describe("[DS-02] slow and large requests", () => {
  const HEAD = (): string => `Host: 127.0.0.1:${hub.port}\r\n`;

  test("[DS-02] headers beyond 16 KiB, two thousand of them, or one huge: 431 and closed", async () => {
    const many = Array.from({ length: 2_000 }, (_, number) => `X-H-${number}: ${number}\r\n`).join("");
    for (const headers of [many, `X-Huge: ${"a".repeat(100_000)}\r\n`]) {
      const answer = await sendRaw(hub.port, `GET /api/v1/me HTTP/1.1\r\n${HEAD()}${headers}\r\n`);
      expect(statusOf(answer)).toBe(431);
      expect(answer).toContain('"code":"BAD_REQUEST"');
    }
    expect((await admin.get("/api/v1/me")).status).toBe(200);
  });

  test("[DS-02] what is no HTTP gets the one shape of error", async () => {
    for (const bytes of [
      "hello\r\n\r\n",
      "GET /\u0000 HTTP/1.1\r\n\r\n",
      "\u0016\u0003\u0001",
      "GET / HTTP/9.9\r\n\r\n",
      `GET / HTTP/1.1\r\n${HEAD()}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n`,
    ]) {
      const answer = await sendRaw(hub.port, bytes);
      expect([bytes, statusOf(answer)]).toEqual([bytes, 400]);
      const body: unknown = JSON.parse(answer.split("\r\n\r\n")[1] ?? "");
      expect(resources.errorBody.parse(body)).toEqual(body);
    }
  });

  test("[DS-02] a request without a Host is refused", async () => {
    expect(statusOf(await sendRaw(hub.port, "GET /api/v1/me HTTP/1.1\r\nConnection: close\r\n\r\n"))).toBe(400);
    expect(statusOf(await sendRaw(hub.port, "GET /api/v1/me HTTP/1.0\r\n\r\n"))).toBe(421);
  });

  test("[DS-02] a body announced as 64 MB is refused by its announcement", async () => {
    const head = `POST /api/v1/login HTTP/1.1\r\n${HEAD()}Content-Type: application/json\r\nContent-Length: 67108864\r\n\r\n{`;
    expect(statusOf(await sendRaw(hub.port, head, (soFar) => soFar.includes("\r\n\r\n")))).toBe(413);
  });

  test("[DS-02] a body without an announcement is cut at the same size", async () => {
    const chunk = `10000\r\n${"a".repeat(65_536)}\r\n`;
    const head = `POST /api/v1/login HTTP/1.1\r\n${HEAD()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const answer = await sendRaw(hub.port, head + chunk.repeat(20), (soFar) => soFar.includes("\r\n\r\n"));
    expect(statusOf(answer)).toBe(413);
  });

  test("[DS-02] headers that trickle are cut off", { timeout: 20_000 }, async () => {
    const startedMs = performance.now();
    const answer = await sendRaw(hub.port, `GET /api/v1/me HTTP/1.1\r\n${HEAD()}X-Slow: `);
    expect(statusOf(answer)).toBe(408);
    expect(performance.now() - startedMs).toBeLessThan(14_000);
  });
});

describe("[DS-01] how often", () => {
  test("[DS-01] one account is stopped by class of route, other accounts and classes are not", async () => {
    const path = "/api/v1/servers/01920000-0000-7000-8000-000000000000";
    const from = [hub.sessionOf("admin"), hub.sessionOf("admin")];
    const statuses: number[] = [];
    for (let count = 0; count < 70; count++)
      statuses.push((await from[count % 2]!.ask("PATCH", path, { body: {} })).status);
    expect(statuses.indexOf(429)).toBeOneOf([60, 61]);
    const stopped = await from[0]!.ask("PATCH", path, { body: {} });
    expect([stopped.code, Number(stopped.headers["retry-after"]) > 0]).toEqual(["RATE_LIMITED", true]);
    // A token of the same account is the same account.
    const token = await hub.tokenOf("viewer", ["self.read"]);
    expect((await token.get("/api/v1/me")).status).toBe(200);
    expect((await hub.sessionOf("viewer").post("/api/v1/logout")).status).toBe(204);
    expect((await from[0]!.get("/api/v1/me")).status).toBe(200);
  });

  test("[DS-01] an address is stopped whatever it asks, and no way of writing gets around it", async () => {
    const client = hub.client();
    const paths = ["/nothing", "/Nothing", "//nothing", "/healthz", "/api/docs", "/nothing?x=1", "/%6eothing"];
    let stopped = 0;
    for (let round = 0; round < 22; round++) {
      const asked = Array.from({ length: 50 }, (_, count) =>
        client.ask("GET", paths[count % paths.length]!, { headers: { "x-forwarded-for": `10.1.${round}.${count}` } }),
      );
      stopped += (await Promise.all(asked)).filter(({ status }) => status === 429).length;
    }
    expect(stopped).toBe(100);
    expect((await hub.client().get("/healthz")).status).toBe(200);
    await hub.clock.advance(1_000);
    expect((await client.get("/healthz")).status).toBe(200);
  });
});

describe("[AZ-10] a failing check", () => {
  test("[AZ-10] stops the request: what the database cannot tell is not allowed", async () => {
    await using broken = await startTestHub({ users: { admin: "admin" } });
    const client = broken.sessionOf("admin");
    const token = await broken.tokenOf("admin", ["servers.read"]);
    broken.state.exec("ALTER TABLE session RENAME TO session_away; ALTER TABLE api_token RENAME TO api_token_away");
    const checked = Object.keys(ROUTES).filter((name) => !(OWN_TOKEN as readonly string[]).includes(name));
    for (const name of checked) {
      const own = await client.ask(methodOf(name), pathOf(name), name.startsWith("GET") ? {} : { body: {} });
      expect([name, own.status, own.code]).toEqual([name, 500, "INTERNAL"]);
      const byToken = await token.ask(methodOf(name), pathOf(name));
      expect([name, byToken.status]).toEqual([name, 500]);
    }
    expect((await client.get("/metrics")).status).toBe(500);
    broken.state.exec("ALTER TABLE join_token RENAME TO join_token_away");
    const registering = await client.ask("POST", "/api/v1/servers/register", {
      body: { name: "x" },
      headers: { authorization: `Bearer mst1.0123456789.${"a".repeat(27)}.${"0".repeat(32)}` },
    });
    expect(registering.status).toBe(500);
    const text = broken.answers.join("\n");
    expect(text).not.toMatch(/no such table|sqlite|SELECT|at .*\.ts/i);
    expect(broken.logs.join("\n")).toMatch(/no such table/);
  });
});

test("[AZ-13] every error has the one shape, a status of the catalogue and a request id of its own", async () => {
  const answers = [
    await hub.client().get("/api/v1/me"),
    await admin.get("/nothing"),
    await admin.get("/api/v1/servers/x"),
    await admin.post("/api/v1/join-tokens", "{"),
    await admin.post("/api/v1/join-tokens", { uses: 0 }),
    await admin.ask("GET", "/api/v1/me", { headers: { host: "evil" } }),
  ];
  for (const { json, status, headers } of answers) {
    expect(resources.errorBody.parse(json)).toEqual(json);
    expect(ERRORS[json.error.code as keyof typeof ERRORS].status).toBe(status);
    expect(headers["cache-control"]).toBe("no-store");
  }
  expect(new Set(answers.map(({ json }) => json.error.requestId as string)).size).toBe(answers.length);
});
