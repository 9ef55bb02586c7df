import { argon2Sync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { bareStatus, DEFAULT_RULES } from "@muster/core";
import type { Right, Role } from "@muster/core";
import { generateKeys, sha256Hex, uuidv7 } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import type { WireService } from "@muster/protocol";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { csrfTokenOf } from "../src/access/sessions.ts";
import { loadConfig } from "../src/config/load-config.ts";
import { ServiceStore } from "../src/fleet/service-store.ts";
import { sql } from "kysely";
import { startHub } from "../src/start-hub.ts";
import type { HubDeps, RunningHub } from "../src/start-hub.ts";
import { openState } from "../src/state/database.ts";

/** The first administrator of every test hub with people; it signs in with `passwordOf("admin")`. */
export const passwordOf = (name: string): string => `open sesame, dear ${name}`;

export interface TestServer {
  readonly id: string;
  readonly name: string;
  readonly agentId: string;
  readonly keys: KeyPair;
}

export interface TestHubOptions {
  /** Settings as in the configuration file. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Users by name; by default one of each role, named after it. An empty map is a fresh hub. */
  readonly users?: Readonly<Record<string, Role>>;
  readonly servers?: readonly string[];
  /** Services of the first server, by name: units that ran when the hub last heard of them. */
  readonly services?: readonly string[];
  /** Whether it has the rules that come with the program. Without them it asks servers for no evidence of its own accord. */
  readonly hasRules?: boolean;
  /** Where it lies: starts again on what an earlier hub left there. */
  readonly directory?: TemporaryDirectory;
  readonly clock?: FakeClock;
  /** The database of samples; one in memory unless told. */
  readonly metricStore?: HubDeps["metricStore"];
}

/** One real hub in this process on a port of its own, with a clock that the test turns. */
export interface TestHub extends AsyncDisposable {
  readonly running: RunningHub;
  readonly clock: FakeClock;
  readonly directory: TemporaryDirectory;
  readonly dataDir: string;
  readonly port: number;
  readonly origin: string;
  readonly userIds: Readonly<Record<string, string>>;
  readonly servers: readonly TestServer[];
  /** Ids of `services`, in their order. */
  readonly serviceIds: readonly string[];
  /** Every line that the hub logged. */
  readonly logs: string[];
  /** Every answer that any client of this hub got, head and body. */
  readonly answers: string[];
  /** A second connection to the state database, for looking and for breaking things. */
  readonly state: DatabaseSync;
  client(from?: string): Client;
  /** Signs in through the API, each time from an address of its own so that the throttle stays out of the way. */
  signIn(name: string): Promise<Client>;
  /** A session put straight into the database: for walks that need more of them than anybody may open. */
  sessionOf(name: string): Client;
  /** An API token of the user, made through the API. */
  tokenOf(name: string, scopes: readonly Right[], expiresInDays?: number): Promise<TokenClient>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body, or undefined when it is none. */
  // eslint-disable-next-line typescript/no-explicit-any -- what a test looks into is what it tests
  readonly json: any;
  readonly code: string | undefined;
}

export interface Ask {
  readonly body?: unknown;
  /** Added to or, when undefined, taken from the headers a browser of this client would send. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** A client with its own address, cookie and request token; unsafe requests look like the panel's own pages. */
export interface Client {
  cookie: string | undefined;
  csrf: string | undefined;
  readonly from: string;
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  /** Takes the session out of an answer that set one. */
  take(answer: Answer): void;
}

export interface TokenClient extends Client {
  readonly id: string;
  readonly secret: string;
}

let nextAddress = 2;
/** Another loopback address every time: for the hub another customer. */
export function freshAddress(): string {
  const number = nextAddress++;
  return `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}

/** As the hub stores a password, but cheap to check: what is under test here is not the hash. */
function quickHash(password: string): string {
  const nonce = randomBytes(16);
  const key = argon2Sync("argon2id", {
    message: Buffer.from(password),
    nonce,
    memory: 8,
    passes: 1,
    parallelism: 1,
    tagLength: 32,
  });
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "");
  return `$argon2id$v=19$m=8,t=1,p=1$${text(nonce)}$${text(key)}`;
}

const EVERY_ROLE = { viewer: "viewer", operator: "operator", admin: "admin" } as const;

export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const directory = options.directory ?? (await temporaryDirectory("hub"));
  const dataDir = directory.file("data");
  const clock = options.clock ?? new FakeClock();
  const userIds: Record<string, string> = {};
  const servers: TestServer[] = [];
  const serviceIds: string[] = [];
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (!existsSync(join(dataDir, "state.db"))) await populate(options, clock, dataDir, userIds, servers, serviceIds);

  const logs: string[] = [];
  const config = testConfig(directory, options.settings ?? {});
  const running = await startHub(
    { config },
    { clock, writeLog: (line) => void logs.push(line), metricStore: options.metricStore ?? "memory" },
  );
  const url = new URL(running.address);
  const port = Number(url.port);
  const state = new DatabaseSync(join(dataDir, "state.db"), { timeout: 5_000 });
  const answers: string[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= running.stop().finally(() => state.close()));
  // Browsers know a hub by its public address, whatever it listens on.
  const { origin, host: hostHeader } = new URL(config.publicUrl[0] ?? url.origin);
  const isSecure = origin.startsWith("https:");
  const target = { port, isTls: url.protocol === "https:", origin, hostHeader, answers };

  const hub: TestHub = {
    running,
    clock,
    directory,
    dataDir,
    port,
    origin,
    userIds,
    servers,
    serviceIds,
    logs,
    answers,
    state,
    client: (from = freshAddress()) => makeClient(target, from),
    async signIn(name) {
      const client = hub.client();
      const answer = await client.post("/api/v1/login", { name, password: passwordOf(name) });
      if (answer.status !== 200) throw new Error(`${name} cannot sign in: ${answer.text}`);
      client.take(answer);
      return client;
    },
    sessionOf(name) {
      const id = randomBytes(32).toString("base64url");
      const user = state.prepare("SELECT id FROM user WHERE name = ?").get(name);
      const now = clock.now();
      state
        .prepare("INSERT INTO session (id_hash, user_id, created_at, last_seen_at, proved_at) VALUES (?, ?, ?, ?, ?)")
        .run(sha256Hex(id), String(user?.["id"]), now, now, now);
      return Object.assign(hub.client(), { cookie: `${isSecure ? "__Host-" : ""}muster=${id}`, csrf: csrfTokenOf(id) });
    },
    async tokenOf(name, scopes, expiresInDays) {
      const owner = hub.sessionOf(name);
      const body = { name: `of ${name}`, scopes, ...(expiresInDays === undefined ? {} : { expiresInDays }) };
      const made = await owner.post("/api/v1/tokens", body);
      if (made.status !== 201) throw new Error(`no token for ${name}: ${made.text}`);
      return tokenClient(hub.client(), made.json.token.id as string, made.json.secret as string);
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await directory[Symbol.asyncDispose]();
    },
  };
  return hub;
}

/** The configuration of a test hub: any free port of loopback, everything inside the directory. */
export const testConfig = (directory: TemporaryDirectory, settings: Readonly<Record<string, unknown>>) =>
  loadConfig({
    argv: [],
    environment: Object.fromEntries(
      Object.entries({
        dataDir: directory.file("data"),
        kekFile: directory.file("kek"),
        listen: "127.0.0.1:0",
        logLevel: "debug",
        ...settings,
      }).map(([name, value]) => [
        `MUSTER_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
        String(value),
      ]),
    ),
    isRoot: false,
    homeDirectory: directory.path,
  }).config;

async function populate(
  options: TestHubOptions,
  clock: FakeClock,
  dataDir: string,
  userIds: Record<string, string>,
  servers: TestServer[],
  serviceIds: string[],
): Promise<void> {
  const db = await openState(join(dataDir, "state.db"));
  await sql`BEGIN`.execute(db);
  for (const [name, role] of Object.entries(options.users ?? EVERY_ROLE)) {
    const id = uuidv7(clock.now());
    userIds[name] = id;
    const row = { id, name, role, enabled: 1, password_hash: quickHash(passwordOf(name)) };
    await db
      .insertInto("user")
      .values({ ...row, created_at: clock.now(), last_login_at: null })
      .execute();
  }
  for (const name of options.servers ?? []) {
    const server = { id: uuidv7(clock.now()), name, agentId: uuidv7(clock.now()), keys: generateKeys() };
    servers.push(server);
    await db
      .insertInto("server")
      .values({
        id: server.id,
        name,
        link: "agent",
        state: "active",
        tags: "[]",
        notes: "",
        interval_ms: 5_000,
        created_at: clock.now(),
        last_heard_at: null,
        dropped_samples: 0,
        facts: null,
      })
      .execute();
    await db
      .insertInto("agent")
      .values({
        id: server.agentId,
        server_id: server.id,
        public_key: server.keys.publicDer,
        old_public_key: null,
        old_key_until: null,
        agent_version: null,
        policy_hash: null,
        policy_summary: null,
        last_seq: 0,
        command_seq: 0,
        created_at: clock.now(),
      })
      .execute();
  }
  if (options.hasRules !== true) {
    const value = JSON.stringify(Object.keys(DEFAULT_RULES));
    await db.insertInto("meta").values({ key: "default_rules", value }).execute();
  }
  await sql`COMMIT`.execute(db);
  const [first] = servers;
  if (first !== undefined && options.services !== undefined) {
    const statuses = options.services.map((name) => wireService({ name }));
    const toldAt = clock.now();
    const known = statuses.map((status) => ({ id: uuidv7(toldAt), serverId: first.id, status, toldAt, goneAt: null }));
    await new ServiceStore(db).save(known, []);
    serviceIds.push(...known.map(({ id }) => id));
  }
  await db.destroy();
}

interface Target {
  readonly hostHeader: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly origin: string;
  readonly answers: string[];
}

function makeClient(target: Target, from: string): Client {
  const client: Client = {
    cookie: undefined,
    csrf: undefined,
    from,
    ask: (method, path, ask = {}) => send(target, client, method, path, ask),
    get: (path) => client.ask("GET", path),
    post: (path, body) => client.ask("POST", path, { body }),
    take(answer) {
      client.cookie = cookieOf(answer) ?? client.cookie;
      client.csrf = (answer.json?.csrfToken as string | undefined) ?? client.csrf;
    },
  };
  return client;
}

function tokenClient(client: Client, id: string, secret: string): TokenClient {
  const authorization = `Bearer ${secret}`;
  const ask: Client["ask"] = (method, path, { body, headers } = {}) =>
    client.ask(method, path, { body, headers: { origin: undefined, authorization, ...headers } });
  return {
    ...client,
    id,
    secret,
    ask,
    get: (path) => ask("GET", path),
    post: (path, body) => ask("POST", path, { body }),
  };
}

/** `name=value` of the session cookie that an answer sets. */
export const cookieOf = (answer: Answer): string | undefined => answer.headers["set-cookie"]?.[0]?.split(";")[0];

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

function send(target: Target, client: Client, method: string, path: string, ask: Ask): Promise<Answer> {
  const body = ask.body === undefined ? undefined : typeof ask.body === "string" ? ask.body : JSON.stringify(ask.body);
  const browser: Record<string, string | undefined> = {
    host: target.hostHeader,
    cookie: client.cookie,
    ...(SAFE.has(method) ? {} : { origin: target.origin, "x-muster-csrf": client.csrf }),
    ...(body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": `${Buffer.byteLength(body)}` }),
    ...ask.headers,
  };
  const headers = Object.fromEntries(Object.entries(browser).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  const options = { host: "127.0.0.1", port: target.port, method, path, headers, agent: false as const };
  return new Promise((resolve, reject) => {
    const sent = target.isTls
      ? httpsRequest({ ...options, localAddress: client.from, rejectUnauthorized: false })
      : httpRequest({ ...options, localAddress: client.from });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        const isJson = /json/.test(response.headers["content-type"] ?? "");
        const json: unknown = isJson && text !== "" ? JSON.parse(text) : undefined;
        target.answers.push(`${method} ${path} ${response.statusCode}\n${response.rawHeaders.join("\n")}\n${text}`);
        const code = (json as { error?: { code?: string } } | undefined)?.error?.code;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json, code });
      });
    });
    sent.end(body);
  });
}

/** Sends these bytes and gives back all that comes until the hub closes or `isEnough` says so. */
export function sendRaw(
  port: number,
  bytes: string | Uint8Array,
  isEnough: (soFar: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    let got = "";
    socket.on("data", (part) => {
      got += part.toString("latin1");
      if (isEnough(got)) socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // The hub may hang up while a flood is still being written.
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.on("close", () => resolve(got));
    socket.write(bytes);
  });
}

/** One request by hand, byte for byte, answered and closed. */
export const rawRequest = (port: number, requestLine: string, headers: readonly string[] = []): Promise<string> =>
  sendRaw(port, [requestLine, `Host: 127.0.0.1:${port}`, "Connection: close", ...headers, "", ""].join("\r\n"));

/** A unit that runs, as its server tells of it. */
export const wireService = (change: Partial<WireService> = {}): WireService => ({
  ...bareStatus({ driver: "systemd", name: "nginx.service" }),
  state: "running",
  rawState: "active (running)",
  health: "healthy",
  run: "run-1",
  verbs: ["start", "stop", "restart"],
  granted: [],
  isLogGranted: false,
  defined: null,
  ...change,
});
