import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";
import { hubEntry } from "./hub-entry.ts";
import { smallServer } from "./small-server.ts";

const summary = {
  at: 1,
  cpuBusyRatio: 0.25,
  memoryUsedRatio: null,
  memoryUsedBytes: null,
  memoryTotalBytes: null,
  worstDisk: { mount: "/", usedRatio: 0.5 },
  load1: 1,
  networkReceiveBytesPerSecond: null,
  networkTransmitBytesPerSecond: null,
  temperatureCelsius: null,
  uptimeSeconds: 3_600,
};
const server = (id: string, name: string, state = "active") => ({
  id,
  name,
  tags: ["web"],
  notes: "",
  link: "agent",
  linkState: null,
  state,
  presence: { is: "online", since: 1 },
  intervalMs: 5_000,
  createdAt: 1,
  agentVersion: "0.1.0",
  address: "10.0.0.1",
  fingerprint: "lan kur juse tuke jin muke",
  clockOffsetMs: 0,
  droppedSamples: 0,
  policy: null,
  facts: null,
  summary,
});
const SERVERS = {
  "GET /api/v1/servers": { body: { items: [server("id-1", "web-1"), server("id-2", "db-1", "pending")] } },
};
const token = { MUSTER_TOKEN: "msa1.test" };
const failure = (code: string, message: string, more: object = {}) => ({
  error: { code, message, requestId: "r-9", ...more },
});

test("a list is a table for people, sent with the token", async () => {
  await using hub = await smallServer(SERVERS);
  const { code, output } = await commandLine(["servers"], { env: { ...token, MUSTER_URL: hub.url } });
  expect(code).toBe(0);
  expect(output.split("\n")[1]).toMatch(/^web-1 +online +25 % +– +50 % \/ +1\.00 +– +– +1 h /);
  expect(hub.seen[0]?.headers.authorization).toBe("Bearer msa1.test");
  expect(hub.seen[0]?.headers.cookie).toBeUndefined();
});

test("with --json the answer is the API's own", async () => {
  await using hub = await smallServer(SERVERS);
  const { output } = await commandLine(["servers", "--json", "--state", "pending"], {
    env: { ...token, MUSTER_URL: hub.url },
  });
  expect(JSON.parse(output)).toEqual({ items: [server("id-2", "db-1", "pending")] });
});

test("a server is found by its name; an unknown one ends with 66 and the names that look alike", async () => {
  await using hub = await smallServer(SERVERS);
  const env = { ...token, MUSTER_URL: hub.url };
  expect((await commandLine(["servers", "show", "web-1"], { env })).output).toContain("words:           lan kur juse");
  const unknown = await commandLine(["servers", "show", "WEB"], { env });
  expect(unknown.code).toBe(66);
  expect(unknown.errors).toContain("There is no server called WEB. Did you mean web-1?");
});

test("what cannot be undone is asked first, and nothing is sent without a yes", async () => {
  await using hub = await smallServer({ ...SERVERS, "DELETE /api/v1/servers/id-1": { status: 204 } });
  const env = { ...token, MUSTER_URL: hub.url };
  const argv = ["servers", "delete", "web-1"];
  const absent = await commandLine(argv, { env });
  expect(absent.code).toBe(64);
  expect(absent.errors).toContain("--yes: is needed");
  expect((await commandLine(argv, { env, person: "asked", answers: ["no"] })).code).toBe(64);
  expect(hub.seen.some(({ method }) => method === "DELETE")).toBe(false);
  expect((await commandLine(argv, { env, person: "asked", answers: ["yes"] })).output).toBe("web-1 is deleted.\n");
  expect((await commandLine([...argv, "--yes", "--json"], { env })).output).toContain('"deleted": true');
});

test("a refusal shows fields and request id, ends with the catalogue's code, and with --json is JSON on standard error", async () => {
  const refusal = {
    status: 400,
    body: failure("BAD_REQUEST", "Not valid.", { fields: { "body.name": "is too long" } }),
  };
  await using hub = await smallServer({ "POST /api/v1/users": refusal });
  const env = { ...token, MUSTER_URL: hub.url };
  const argv = ["users", "add", "anna", "--role", "operator"];
  const human = await commandLine(argv, { env, answers: ["a long enough password"] });
  expect(human).toMatchObject({ code: 64, output: "" });
  expect(human.errors).toContain("  name: is too long");
  expect(human.errors).toContain("(BAD_REQUEST, request r-9)");
  expect(JSON.parse(hub.seen[0]!.body)).toEqual({ name: "anna", role: "operator", password: "a long enough password" });
  const json = await commandLine([...argv, "--json"], { env, answers: ["a long enough password"] });
  expect(JSON.parse(json.errors)).toEqual(
    failure("BAD_REQUEST", "Not valid.", { fields: { "body.name": "is too long" } }),
  );
});

test.each([
  [429, failure("RATE_LIMITED", "Too many."), { "retry-after": "7" }, 75, "Try again in 7 s."],
  [401, failure("UNAUTHENTICATED", "Sign in."), {}, 77, "muster login"],
  [507, failure("STORAGE_FULL", "Full."), {}, 75, "STORAGE_FULL"],
  [500, failure("INTERNAL", "Failed."), {}, 70, "request r-9"],
])("an answer of %d ends with its own code and says what to do", async (status, body, headers, code, words) => {
  await using hub = await smallServer({ "GET /api/v1/status": { status, body, headers } });
  const result = await commandLine(["status"], { env: { ...token, MUSTER_URL: hub.url } });
  expect(result.code).toBe(code);
  expect(result.errors).toContain(words);
});

test("a program that is no hub is recognised", async () => {
  await using other = await smallServer({ "GET /api/v1/status": { text: "<html>welcome</html>" } });
  const { code, errors } = await commandLine(["status"], { env: { ...token, MUSTER_URL: other.url } });
  expect(code).toBe(69);
  expect(errors).toContain("is not a Muster hub");
});

test("a hub that is not there ends with 69 and says so", async () => {
  const gone = await smallServer({});
  await gone[Symbol.asyncDispose]();
  const { code, errors } = await commandLine(["status"], { env: { ...token, MUSTER_URL: gone.url } });
  expect(code).toBe(69);
  expect(errors).toContain("nothing listens there; is the hub running?");
});

test("nothing is sent without a token", async () => {
  await using hub = await smallServer(SERVERS);
  const { code, errors } = await commandLine(["servers"], { env: { MUSTER_URL: hub.url } });
  expect(code).toBe(77);
  expect(errors).toContain("Not signed in");
  expect(hub.seen).toEqual([]);
});

test.each([
  [["bogus"], "unknown command"],
  [["servers", "show"], "missing required argument"],
  [["status", "--bogus"], "unknown option"],
  [["completion", "tcsh"], "Allowed choices are bash, zsh, fish"],
  [["join-token", "create", "--uses", "many"], "--uses: must be a whole number from 1 to 1000"],
  [["users", "set-role", "anna", "king"], "role: must be one of viewer, operator, admin"],
  [["tokens", "create", "ci", "--scopes", "servers.read,nope"], '"nope" is not a right'],
  [["simulate", "--url", "http://hub.example"], "is not on this machine"],
  [["status", "--url", "http://hub.example"], "must begin with https://"],
])("%j is a wrong use and ends with 64", async (argv, words) => {
  await using hub = await smallServer({ "GET /api/v1/users": { body: { items: [{ id: "u", name: "anna" }] } } });
  const result = await commandLine(argv, { env: { ...token, MUSTER_URL: hub.url } });
  expect(result.code).toBe(64);
  expect(result.errors).toContain(words);
});

test("a wrong command line is told as JSON where JSON was asked for", async () => {
  for (const argv of [
    ["services", "--json", "--bogus"],
    ["kill", "--json"],
    ["services", "--state", "bogus", "--json"],
  ]) {
    const { code, errors, output } = await commandLine(argv);
    expect(code).toBe(64);
    expect(output).toBe("");
    expect(JSON.parse(errors)).toMatchObject({
      error: { code: "BAD_REQUEST", message: expect.not.stringMatching(/^error/) },
    });
  }
});

test("help ends with 0 and goes to standard output", async () => {
  for (const argv of [["--help"], ["help", "servers"], ["servers", "rename", "--help"], ["--version"]]) {
    const { code, output } = await commandLine(argv);
    expect(code).toBe(0);
    expect(output).not.toBe("");
  }
});

test("a broken record ends with 74, whether the hub or the files say so", async () => {
  const chain = { state: "broken" as const, rows: 5, why: "row 3 does not fit the one before" };
  await using hub = await smallServer({ "GET /api/v1/audit?limit=1": { body: { items: [], chain } } });
  const atHub = await commandLine(["audit", "verify"], { env: { ...token, MUSTER_URL: hub.url } });
  expect(atHub.code).toBe(74);
  expect(atHub.errors).toContain("row 3 does not fit");
  const verifyAudit = () => Promise.resolve(chain);
  const entries = { hub: () => Promise.resolve(hubEntry({ verifyAudit })) };
  expect((await commandLine(["audit", "verify", "--data-dir", "/data"], { entries })).code).toBe(74);
});

test("hub and agent get all that follows their name, and their exit code is ours", async () => {
  const asked: (readonly string[])[] = [];
  const answer = (argv: readonly string[]) => {
    asked.push(argv);
    return Promise.resolve(78);
  };
  const entries = {
    hub: () => Promise.resolve(hubEntry({ runHub: answer })),
    agent: () => Promise.resolve({ agentEntry: answer, readStandardInput: () => Promise.resolve("") }),
  };
  expect((await commandLine(["hub", "--data-dir", "/x", "--help"], { entries })).code).toBe(78);
  expect((await commandLine(["agent", "join", "wss://hub", "--name", "x"], { entries })).code).toBe(78);
  expect(asked).toEqual([
    ["--data-dir", "/x", "--help"],
    ["join", "wss://hub", "--name", "x"],
  ]);
});

const KEY = {
  id: "key-1",
  name: "fleet",
  type: "ssh-ed25519",
  publicKey: "ssh-ed25519 AAAA fleet",
  fingerprint: "SHA256:k",
  createdAt: 1,
  createdBy: "admin",
  usedBy: [],
};
const WAYS = {
  ...SERVERS,
  "GET /api/v1/ssh-keys": { body: { items: [KEY] } },
  "POST /api/v1/servers": { status: 201, body: { server: server("id-3", "new"), token: null } },
};

test.for([
  [
    ["--ssh", "deploy@[fd00::5]:2222", "--key", "fleet", "--via", "web-1", "--sudo"],
    {
      kind: "ssh",
      host: "fd00::5",
      port: 2222,
      user: "deploy",
      authentication: "key",
      keyId: "key-1",
      via: "id-1",
      sudo: true,
    },
  ],
  [
    ["--ssh", "anna@example.org@fd00::5", "--ssh-agent"],
    { kind: "ssh", host: "fd00::5", user: "anna@example.org", authentication: "agent" },
  ],
  [["--ssh", "root@10.0.0.9", "--ssh-agent"], { kind: "ssh", host: "10.0.0.9", user: "root", authentication: "agent" }],
  [
    ["--pull", "ipvtl", "--pull-url", "http://10.0.0.5:9527", "--channel", "1=News", "--channel", "2=Sport"],
    { kind: "pull", adapter: "ipvtl", url: "http://10.0.0.5:9527", channelNames: { 1: "News", 2: "Sport" } },
  ],
  [["--push"], { kind: "push" }],
  [["--agent-dial", "ws://10.0.0.5:8766"], { kind: "agent", dial: "ws://10.0.0.5:8766" }],
] as const)("servers add %j asks for that way", async ([argv, link]) => {
  await using hub = await smallServer(WAYS);
  const env = { ...token, MUSTER_URL: hub.url };
  const { code, errors } = await commandLine(["servers", "add", "new", "--tag", "eu", ...argv], { env });
  expect([code, errors.includes("error")]).toEqual([0, false]);
  expect(JSON.parse(hub.seen.at(-1)!.body)).toEqual({ name: "new", tags: ["eu"], link });
});

test("a password for a server is read unseen and goes beside the link, and what is not one way is refused", async () => {
  await using hub = await smallServer(WAYS);
  const env = { ...token, MUSTER_URL: hub.url };
  const argv = ["servers", "add", "new", "--ssh", "root@h", "--password"];
  await commandLine(argv, { env, person: "asked", answers: ["hush hush"] });
  expect(JSON.parse(hub.seen.at(-1)!.body)).toMatchObject({
    link: { authentication: "password" },
    secret: "hush hush",
  });
  for (const [wrong, option] of [
    [["--push", "--ssh", "a@b"], "--ssh, --pull, --push or --agent-dial"],
    [["--ssh", "nobody"], "--ssh"],
    [["--ssh", "a@b"], "--key, --password or --ssh-agent"],
    [["--ssh", "a@b", "--key", "none"], "no SSH key called none"],
    [["--pull", "other", "--pull-url", "http://a"], "--pull"],
    [["--pull", "ipvtl"], "--pull-url"],
    [["--ssh", "a@b:70000", "--ssh-agent"], "--ssh"],
    [["--push", "--policy", "p.yaml"], "--policy: goes with --ssh only"],
    [["--ssh", "a@b", "--ssh-agent", "--pull-url", "http://a"], "--pull-url: goes with --pull only"],
    [["--pull", "ipvtl", "--pull-url", "http://a", "--channel", "0=a"], "--channel: must be NUMBER=NAME"],
    [["--ssh", "a@b", "--ssh-agent", "--policy", "/nowhere"], "/nowhere cannot be read: there is no such file"],
  ] as const) {
    const { code, errors } = await commandLine(["servers", "add", "new", ...wrong], { env });
    expect([code === 0, errors.includes(option)], errors).toEqual([false, true]);
  }
});

test("a test of a link shows each step and ends with 69 when one fails", async () => {
  const steps = [
    { step: "name", ok: true, detail: "10.0.0.1" },
    { step: "port", ok: false, detail: "nothing\u001b[31m listens there." },
  ];
  await using hub = await smallServer({
    ...SERVERS,
    "POST /api/v1/servers/id-1/link/test": { body: { ok: false, steps, hostKey: null, adapter: "virgilio" } },
  });
  const { code, output, errors } = await commandLine(["servers", "test", "web-1"], {
    env: { ...token, MUSTER_URL: hub.url },
  });
  expect(code).toBe(69);
  expect(output).toMatch(
    /^ok +name +10\.0\.0\.1\nfailed +port +nothing.* listens there\.\nWhat answers there looks like: virgilio\.\n$/,
  );
  expect(errors).toMatch(/port: nothing.* listens there\.\n/);
  expect(output + errors).not.toContain("\u001b");
});

test("a host key that is approved already is no failure, and another one is", async () => {
  const link = { settings: { kind: "ssh" }, hasSecret: false, hostKey: { type: "t", fingerprint: "SHA256:a" } };
  await using hub = await smallServer({
    ...SERVERS,
    "GET /api/v1/servers/id-1/link": { body: { ...link, shownHostKey: null } },
    "POST /api/v1/servers/id-1/link/host-key": { status: 409, body: { error: { code: "CONFLICT", message: "No." } } },
  });
  const approve = (...more: string[]) =>
    commandLine(["servers", "approve-key", "web-1", ...more], { env: { ...token, MUSTER_URL: hub.url } });
  expect(await approve()).toMatchObject({ code: 0, output: "web-1 is known by SHA256:a already.\n", questions: [] });
  expect((await approve("--fingerprint", "SHA256:a")).code).toBe(0);
  expect((await approve("--fingerprint", "SHA256:b")).code).toBe(65);
});
