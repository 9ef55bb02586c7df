import { COMBINE_FUNCTIONS, SERVER_TAGS_MAX, STEP_FUNCTIONS } from "@muster/core";
import { z } from "zod";
import { ALERT_ROUTES } from "./alert-routes.ts";
import { TASK_ROUTES } from "./task-routes.ts";
import { PROBE_ROUTES } from "./probe-routes.ts";
import * as r from "./resources.ts";
import { ROLLOUT_ROUTES } from "./rollout-routes.ts";
import { STATUS_PAGE_ROUTES } from "./status-page-routes.ts";
import { TELEGRAM_ROUTES } from "./telegram-routes.ts";
import type { Route } from "./route.ts";

export type { ContentType, Permission, RateClass, Route } from "./route.ts";

const nothing = z.null();
const byId = z.strictObject({ id: r.id });
/** Whether and for how long an answer about what goes on by itself is to wait for news. */
const newsQuery = z.strictObject({
  waitMs: z.coerce.number().int().min(0).max(60_000).optional(),
  after: z.coerce.number().int().min(0).optional().describe("the revision that is known already"),
});
const EXPORT_FORMATS = ["csv", "ndjson", "json"] as const;
const list = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });
const text = (charactersMax: number) => z.string().max(charactersMax);
const queryInstant = z.coerce.number().int().min(0).max(253_402_300_799_999);

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** Whose samples, and of when. */
const sampleChoice = {
  server: text(8_000).min(1).optional().describe("one server id, or several separated by commas"),
  tag: text(1_000).min(1).optional().describe("only servers with one of these tags, separated by commas"),
  fleet: flag.optional().describe("true: all servers, instead of naming some"),
  probe: text(8_000).min(1).optional().describe("one probe id, or several separated by commas, instead of servers"),
  metric: text(2_000)
    .regex(/^[a-z][a-z0-9_]{0,127}(?:,[a-z][a-z0-9_]{0,127})*$/, "must be metric names separated by commas")
    .describe("one metric, or several separated by commas"),
  labels: text(2_000).optional().describe('JSON object of label values that must be equal, such as {"mount":"/"}'),
  from: queryInstant,
  to: queryInstant,
};

/** How samples become points, and points lines. */
const stepChoice = {
  step: z.coerce.number().int().min(1_000).max(31_536_000_000).optional(),
  function: z
    .enum(STEP_FUNCTIONS)
    .optional()
    .describe("how the samples of a step become a point; by default rate for counters and avg for the rest"),
  quantile: z.coerce.number().min(0).max(1).optional().describe("with function=quantile; 0.5 by default"),
  by: z
    .enum(["series", "server", "tag", "all"])
    .optional()
    .describe(
      "what becomes one line: each series (default), all series of a server, of the servers with a tag, or all",
    ),
  combine: z.enum(COMBINE_FUNCTIONS).optional().describe("how series become one line; avg by default"),
};

const metricQuery = z.strictObject({
  ...sampleChoice,
  ...stepChoice,
  step: stepChoice.step.describe("milliseconds; by default so that about 300 points come back"),
  top: z.coerce.number().int().min(1).max(100).optional().describe("of each metric, the lines with the greatest mean"),
  bands: flag.optional().describe("also the least and the greatest sample of each step"),
});

const metricExport = z.strictObject({
  ...sampleChoice,
  ...stepChoice,
  step: stepChoice.step.describe(
    "milliseconds; points instead of the samples themselves. What makes points (function and so on) goes with it only",
  ),
  format: z.enum(EXPORT_FORMATS).optional().describe("csv by default"),
});

/** Which lines of a log. */
const logChoice = {
  lines: z.coerce.number().int().min(0).max(100_000).optional().describe("so many of the last ones; 200 by default"),
  since: queryInstant.optional(),
  until: queryInstant.optional().describe("the lines before this instant"),
  after: text(1_024).optional().describe("go on after the line with this cursor"),
  follow: flag.optional().describe("true: stay and send what comes"),
  search: text(256).min(1).optional().describe("only lines with this text in them"),
  expression: flag.optional().describe("true: `search` is an expression (RE2: matched in linear time)"),
  level: z.coerce.number().int().min(0).max(7).optional().describe("only lines at least as severe: 3 leaves errors"),
  format: z.enum(["ndjson", "text", "json"]).optional().describe("ndjson by default"),
};

const definitionKey = z.strictObject({
  id: r.id,
  driver: z.enum(["process", "tmux"]),
  name: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_@.-]{0,63}$/, "must be 1 to 64 of A-Z, a-z, 0-9, _ @ . -"),
});

const define = <const T extends Record<`${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /api/v1/${string}`, Route>>(
  table: T,
): T => table;

/** Every door of the HTTP API. Hub, web, CLI, OpenAPI description and access matrix are all made from this table. */
export const ROUTES = define({
  "POST /api/v1/setup": {
    summary: "Makes the first administrator, with the code from the one-time link on the hub's console, and signs in.",
    permission: "public",
    rate: "login",
    body: z.strictObject({ code: text(128), name: r.userName, password: r.password }),
    answer: r.me,
    status: 201,
    errors: ["SETUP_DONE", "SETUP_CODE_WRONG"],
  },
  "GET /api/v1/setup": {
    summary: "Whether the first administrator still has to be made.",
    permission: "public",
    rate: "read",
    answer: z.object({ needed: z.boolean() }),
  },
  "POST /api/v1/login": {
    summary: "Signs in and sets the session cookie.",
    permission: "public",
    rate: "login",
    body: z.strictObject({ name: text(256), password: text(1_024) }),
    answer: r.me,
    errors: ["WRONG_CREDENTIALS"],
  },
  "POST /api/v1/logout": {
    summary: "Ends this session.",
    permission: "signed-in",
    rate: "write",
    answer: nothing,
    status: 204,
  },
  "GET /api/v1/me": {
    summary: "Who is signed in, what that user may do, and the token that changing requests must carry.",
    permission: "signed-in",
    rate: "read",
    answer: r.me,
  },
  "POST /api/v1/me/prove": {
    summary: "Proves the identity again by password; dangerous requests are open for five minutes after it.",
    permission: "signed-in",
    rate: "login",
    body: z.strictObject({ password: text(1_024) }),
    answer: r.me,
    errors: ["WRONG_CREDENTIALS"],
  },
  "POST /api/v1/me/password": {
    summary: "Changes the own password and ends all other sessions.",
    permission: "self.write",
    rate: "login",
    body: z.strictObject({ current: text(1_024), next: r.password }),
    answer: r.me,
    errors: ["WRONG_CREDENTIALS"],
  },
  "GET /api/v1/users": {
    summary: "All users.",
    permission: "users.read",
    rate: "read",
    answer: list(r.user),
  },
  "POST /api/v1/users": {
    summary: "Makes a user.",
    permission: "users.write",
    rate: "write",
    body: z.strictObject({ name: r.userName, password: r.password, role: r.role }),
    answer: r.user,
    status: 201,
    errors: ["CONFLICT", "STEP_UP_NEEDED"],
  },
  "PATCH /api/v1/users/{id}": {
    summary: "Changes role, password or whether the user may sign in; ends that user's sessions.",
    permission: "users.write",
    rate: "write",
    params: byId,
    body: z.strictObject({ role: r.role.optional(), password: r.password.optional(), enabled: z.boolean().optional() }),
    answer: r.user,
    errors: ["NOT_FOUND", "LAST_ADMIN", "STEP_UP_NEEDED"],
  },
  "DELETE /api/v1/users/{id}": {
    summary: "Deletes a user with all sessions and tokens.",
    permission: "users.write",
    rate: "write",
    params: byId,
    answer: nothing,
    status: 204,
    errors: ["NOT_FOUND", "LAST_ADMIN", "STEP_UP_NEEDED"],
  },
  "GET /api/v1/tokens": {
    summary: "The caller's API tokens; an administrator sees everybody's.",
    permission: "tokens.read",
    rate: "read",
    answer: list(r.apiToken),
  },
  "POST /api/v1/tokens": {
    summary: "Makes an API token. The secret is in this answer and nowhere else.",
    permission: "tokens.write",
    rate: "write",
    body: z.strictObject({
      name: text(64).min(1),
      scopes: z.array(r.right).min(1),
      expiresInDays: z.int().min(1).max(3_650).nullable().optional(),
    }),
    answer: z.object({ token: r.apiToken, secret: z.string() }),
    status: 201,
    errors: ["FORBIDDEN", "CONFLICT", "STEP_UP_NEEDED"],
  },
  "DELETE /api/v1/tokens/{id}": {
    summary: "Revokes an API token at once.",
    permission: "tokens.write",
    rate: "write",
    params: byId,
    answer: nothing,
    status: 204,
    errors: ["NOT_FOUND", "STEP_UP_NEEDED"],
  },
  "GET /api/v1/join-tokens": {
    summary: "Join tokens that are still valid, and who used them.",
    permission: "join-tokens.read",
    rate: "read",
    answer: list(r.joinToken),
  },
  "POST /api/v1/join-tokens": {
    summary: "Makes a join token for new servers. The token and the line to paste are in this answer and nowhere else.",
    permission: "join-tokens.write",
    rate: "write",
    body: z.strictObject({
      name: r.serverName.nullable().optional(),
      tags: z.array(r.tag).max(SERVER_TAGS_MAX).optional(),
      uses: z.int().min(1).max(1_000).optional(),
      lifetimeMinutes: z.int().min(1).max(1_440).optional(),
    }),
    answer: z.object({ joinToken: r.joinToken, token: z.string(), command: z.string(), hubUrl: z.string() }),
    status: 201,
  },
  "DELETE /api/v1/join-tokens/{id}": {
    summary: "Withdraws a join token.",
    permission: "join-tokens.write",
    rate: "write",
    params: z.strictObject({ id: z.string().regex(/^[0-9a-f]{10}$/) }),
    answer: nothing,
    status: 204,
    errors: ["NOT_FOUND"],
  },
  "GET /api/v1/servers": {
    summary: "All servers that the caller may see, with their newest readings.",
    permission: "servers.read",
    rate: "read",
    answer: list(r.server),
  },
  "POST /api/v1/servers": {
    summary:
      "Adds a server that is reached by SSH, polled over HTTP, sends heartbeats, or whose agent the hub dials. An agent that comes by itself joins by a token and is not added before.",
    permission: "servers.write",
    rate: "write",
    body: z.strictObject({
      name: r.serverName,
      tags: z.array(r.tag).max(SERVER_TAGS_MAX).optional(),
      notes: text(10_000).optional(),
      intervalMs: z.int().min(1_000).max(600_000).optional(),
      link: r.linkSettings,
      secret: r.linkSecret.optional().describe("password or token for the other side; never shown again"),
    }),
    answer: z.object({
      server: r.server,
      token: z
        .string()
        .nullable()
        .describe(
          "with push: what heartbeats must carry; with an agent that is dialled: the join token for exactly this server; in this answer and nowhere else",
        ),
    }),
    status: 201,
    errors: ["CONFLICT", "NOT_FOUND"],
  },
  "POST /api/v1/servers/register": {
    summary:
      "For scripts: makes a server that sends heartbeats, with a join token as bearer. The answer holds its id and the token that its heartbeats must carry.",
    permission: "own-token",
    rate: "write",
    body: z.strictObject({
      name: r.serverName,
      host: text(253).optional(),
      ip: text(64).optional(),
      tags: z.array(r.tag).max(SERVER_TAGS_MAX).optional(),
      intervalMs: z.int().min(1_000).max(600_000).optional().describe("how often it will send; 60 s by default"),
    }),
    answer: z.object({
      id: r.id,
      token: z.string(),
      name: z.string(),
      state: z.enum(["active", "pending"]),
      heartbeatUrl: z.string(),
    }),
    status: 201,
    errors: ["JOIN_REFUSED"],
  },
  "POST /api/v1/servers/{id}/heartbeat": {
    summary: "For scripts: readings of a server that pushes, with its own token as bearer.",
    permission: "own-token",
    rate: "heartbeat",
    params: byId,
    body: z.strictObject({
      metrics: z
        .record(text(200), z.unknown())
        .describe("cpu_percent, memory_percent, disk_percent, names of our catalogue, or any name of your own"),
      at: r.instant.optional().describe("when they were read; now by default"),
    }),
    answer: z.object({
      acceptedCount: z.int(),
      refused: z.record(z.string(), z.string()).describe("names that were not taken, and why"),
    }),
    errors: ["NOT_FOUND", "SERVER_PENDING"],
  },
  "POST /api/v1/servers/{id}/token": {
    summary:
      "Makes a new token for the heartbeats of a server, or for the joining of an agent that is dialled; the old one ends at once.",
    permission: "servers.write",
    rate: "write",
    params: byId,
    answer: z.object({ token: z.string() }),
    status: 201,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "GET /api/v1/servers/{id}/link": {
    summary: "How the hub comes to a server. Secrets are never in it.",
    permission: "servers.read",
    rate: "read",
    params: byId,
    answer: r.link,
    errors: ["NOT_FOUND"],
  },
  "PUT /api/v1/servers/{id}/link": {
    summary: "Changes how a server is reached. A secret that is left out stays, unless it would go to another address.",
    permission: "servers.write",
    rate: "write",
    params: byId,
    body: z.strictObject({ link: r.linkSettings, secret: r.linkSecret.nullable().optional() }),
    answer: r.link,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "POST /api/v1/servers/{id}/link/host-key": {
    summary: "Approves the host key that a server showed; the hub connects to no other.",
    permission: "servers.write",
    rate: "write",
    params: byId,
    body: z.strictObject({ fingerprint: text(128).min(1) }),
    answer: r.link,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "POST /api/v1/servers/{id}/link/test": {
    summary: "Tries the way to a server as it is set, and says which step fails.",
    permission: "servers.write",
    rate: "write",
    params: byId,
    answer: r.linkTest,
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/link-tests": {
    summary: "Tries a way to a server that is not made yet.",
    permission: "servers.write",
    rate: "write",
    body: z.strictObject({ link: r.linkSettings, secret: r.linkSecret.optional() }),
    answer: r.linkTest,
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/servers/{id}/refresh": {
    summary: "Reads a server now that the hub reaches by SSH or polls.",
    permission: "servers.read",
    rate: "write",
    params: byId,
    answer: r.server,
    errors: ["NOT_FOUND", "SERVER_OFFLINE"],
  },
  "POST /api/v1/servers/{id}/agent": {
    summary:
      "Puts the agent on a server that is reached by SSH, or upgrades, removes, starts or stops it there. Goes on by itself; the answer's id tells how far it is.",
    permission: "agents.write",
    rate: "write",
    params: byId,
    body: z.strictObject({ action: r.deployAction }),
    answer: r.deployment,
    status: 202,
    errors: ["NOT_FOUND", "CONFLICT", "STEP_UP_NEEDED"],
  },
  "GET /api/v1/deployments": {
    summary: "What is being done and was done to agents over SSH since the hub started, newest first.",
    permission: "actions.read",
    rate: "read",
    query: z.strictObject({ server: r.id.optional() }),
    answer: list(r.deployment),
  },
  "GET /api/v1/deployments/{id}": {
    summary: "One of them; with waitMs it answers when it has ended or, with `after`, when it has changed, or then.",
    permission: "actions.read",
    rate: "read",
    params: byId,
    query: newsQuery,
    answer: r.deployment,
    errors: ["NOT_FOUND"],
  },
  "GET /api/v1/ssh-keys": {
    summary: "The hub's own SSH keys: public halves, and which servers use them.",
    permission: "ssh-keys.read",
    rate: "read",
    answer: list(r.sshKey),
  },
  "POST /api/v1/ssh-keys": {
    summary: "Makes an SSH key, or takes one in. The private half never comes back.",
    permission: "ssh-keys.write",
    rate: "write",
    body: z.strictObject({
      name: text(64).min(1),
      privateKey: text(64 * 1024)
        .min(1)
        .optional()
        .describe("in the form of OpenSSH or PEM; a new ed25519 key without it"),
      passphrase: text(1_024).optional(),
    }),
    answer: r.sshKey,
    status: 201,
    errors: ["CONFLICT", "STEP_UP_NEEDED"],
  },
  "DELETE /api/v1/ssh-keys/{id}": {
    summary: "Deletes an SSH key that no server uses.",
    permission: "ssh-keys.write",
    rate: "write",
    params: byId,
    answer: nothing,
    status: 204,
    errors: ["NOT_FOUND", "CONFLICT", "STEP_UP_NEEDED"],
  },
  "POST /api/v1/ssh-keys/{id}/replacements": {
    summary:
      "Puts another key of the hub in the place of this one, on each server where it is let in. Goes on by itself; the answer's id tells how far it is.",
    permission: "ssh-keys.write",
    rate: "write",
    params: byId,
    body: z.strictObject({
      newKeyId: r.id,
      servers: z
        .array(r.id)
        .min(1)
        .max(10_000)
        .optional()
        .describe("all that use the key, unless told; one that uses the new key already may be named, too"),
      install: z
        .boolean()
        .optional()
        .describe("where the new key is refused, add its line to the user's authorized_keys by the old one"),
      remove: z
        .boolean()
        .optional()
        .describe("after a server was switched, take the old key's line out of the user's authorized_keys"),
    }),
    answer: r.keyReplacement,
    status: 202,
    errors: ["NOT_FOUND", "CONFLICT", "STEP_UP_NEEDED"],
  },
  "GET /api/v1/key-replacements": {
    summary: "Replacements of SSH keys since the hub started, newest first.",
    permission: "ssh-keys.read",
    rate: "read",
    query: z.strictObject({ key: r.id.optional() }),
    answer: list(r.keyReplacement),
  },
  "GET /api/v1/key-replacements/{id}": {
    summary: "One of them; with waitMs it answers when it has ended or, with `after`, when it has changed, or then.",
    permission: "ssh-keys.read",
    rate: "read",
    params: byId,
    query: newsQuery,
    answer: r.keyReplacement,
    errors: ["NOT_FOUND"],
  },
  "GET /api/v1/servers/{id}": {
    summary: "One server.",
    permission: "servers.read",
    rate: "read",
    params: byId,
    answer: r.server,
    errors: ["NOT_FOUND"],
  },
  "PATCH /api/v1/servers/{id}": {
    summary: "Renames, tags, accepts or revokes a server.",
    permission: "servers.write",
    rate: "write",
    params: byId,
    body: r.serverPatch,
    answer: r.server,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "DELETE /api/v1/servers/{id}": {
    summary: "Deletes a server and all its history; its agent is shut out.",
    permission: "servers.delete",
    rate: "write",
    params: byId,
    answer: nothing,
    status: 204,
    errors: ["NOT_FOUND"],
  },
  "GET /api/v1/servers/{id}/processes": {
    summary: "The processes of a server now, busiest first.",
    permission: "processes.read",
    rate: "query",
    params: byId,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(2_000).optional() }),
    answer: r.processes,
    errors: ["NOT_FOUND", "SERVER_OFFLINE"],
  },
  "GET /api/v1/servers/{id}/series": {
    summary: "Which series a server has.",
    permission: "metrics.read",
    rate: "read",
    params: byId,
    answer: list(z.object({ metric: z.string(), labels: z.record(z.string(), z.string()) })),
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/servers/{id}/actions": {
    summary: "Asks for one action on a server and waits for its outcome.",
    permission: "actions.read",
    rate: "write",
    params: byId,
    body: z.strictObject({
      action: r.actionName,
      args: z.record(z.string().max(64), z.union([z.string().max(256), z.int()])).optional(),
      reason: text(500).optional(),
    }),
    answer: r.outcome,
    errors: ["NOT_FOUND", "SERVER_OFFLINE", "ACTION_REFUSED", "ACTION_TIMED_OUT", "STEP_UP_NEEDED"],
  },
  "GET /api/v1/services": {
    summary: "Services of all servers that the caller may see, as last told.",
    permission: "services.read",
    rate: "read",
    query: z.strictObject({
      server: r.id.optional(),
      tag: r.tag.optional().describe("only on servers with this tag"),
      driver: r.driverName.optional(),
      state: r.runState.optional(),
      health: r.health.optional(),
      kind: text(64).optional(),
      name: text(256).optional(),
    }),
    answer: list(r.service),
  },
  "GET /api/v1/services/{id}": {
    summary: "One service.",
    permission: "services.read",
    rate: "read",
    params: byId,
    answer: r.service,
    errors: ["NOT_FOUND"],
  },
  "GET /api/v1/services/{id}/ledger": {
    summary: "What happened to a service and why, newest first.",
    permission: "services.read",
    rate: "read",
    params: byId,
    query: z.strictObject({
      before: z.coerce.number().int().min(1).optional().describe("only lines with a lower number"),
      limit: z.coerce.number().int().min(1).max(500).optional(),
      event: text(64).optional(),
    }),
    answer: list(r.ledgerEntry),
    errors: ["NOT_FOUND"],
  },
  "GET /api/v1/services/{id}/logs": {
    summary: "The log of a service: the last lines, and with follow=true those that come.",
    permission: "logs.read",
    rate: "query",
    params: byId,
    query: z.strictObject(logChoice),
    answer: list(r.logItem),
    streamed: ["application/x-ndjson", "text/plain", "application/json"],
    errors: ["NOT_FOUND", "SERVER_OFFLINE", "ACTION_REFUSED", "LOG_UNREADABLE"],
  },
  "GET /api/v1/logs": {
    summary: "The logs of several services and files, merged by time.",
    permission: "logs.read",
    rate: "query",
    query: z.strictObject({
      service: text(8_000).optional().describe("service ids, separated by commas"),
      file: text(8_000)
        .optional()
        .describe("files that policies list, as <server id>:<absolute path>, separated by commas"),
      ...logChoice,
      after: text(8_000).optional().describe("go on after these lines: a cursor for each log in order, by commas"),
    }),
    answer: list(r.logItem),
    streamed: ["application/x-ndjson", "text/plain", "application/json"],
    errors: ["NOT_FOUND", "SERVER_OFFLINE", "ACTION_REFUSED", "LOG_UNREADABLE"],
  },
  "GET /api/v1/port-conflicts": {
    summary: "Ports that several services of one server claim.",
    permission: "services.read",
    rate: "read",
    answer: list(r.portConflict),
  },
  "GET /api/v1/servers/{id}/definitions": {
    summary: "What a server starts and keeps running itself. Values of secrets are never in it.",
    permission: "services.read",
    rate: "query",
    params: byId,
    answer: z.object({ items: z.array(r.definitionView), problems: z.array(z.string()) }),
    errors: ["NOT_FOUND", "SERVER_OFFLINE"],
  },
  "PUT /api/v1/servers/{id}/definitions/{driver}/{name}": {
    summary: "Sets what a server runs under a name, if its policy lets it, and waits for the outcome.",
    permission: "actions.dangerous",
    rate: "write",
    params: definitionKey,
    body: z.strictObject({
      definition: z.record(z.string(), z.unknown()).describe("as docs/spec/supervisor.md says; secrets by name"),
      secrets: z
        .record(text(128), text(4_096))
        .optional()
        .describe("values of secret variables; those left out stay as they are"),
      reason: text(500).optional(),
    }),
    answer: r.outcome,
    errors: ["NOT_FOUND", "SERVER_OFFLINE", "ACTION_REFUSED", "ACTION_TIMED_OUT", "STEP_UP_NEEDED"],
  },
  "DELETE /api/v1/servers/{id}/definitions/{driver}/{name}": {
    summary: "Stops and removes what was defined, and waits for the outcome.",
    permission: "actions.dangerous",
    rate: "write",
    params: definitionKey,
    answer: r.outcome,
    errors: ["NOT_FOUND", "SERVER_OFFLINE", "ACTION_REFUSED", "ACTION_TIMED_OUT", "STEP_UP_NEEDED"],
  },
  "POST /api/v1/actions": {
    summary:
      "Asks for one action on one or many services or servers. With an Idempotency-Key the same request has one effect.",
    permission: "actions.read",
    rate: "write",
    body: z.strictObject({
      action: r.actionName,
      args: z.record(z.string().max(64), z.union([z.string().max(4_096), z.int()])).optional(),
      targets: r.actionTargets,
      reason: text(500).optional(),
    }),
    answer: z.object({ batchId: r.id, items: z.array(r.action) }),
    status: 202,
    errors: ["NOT_FOUND", "CONFLICT", "STEP_UP_NEEDED"],
  },
  "GET /api/v1/actions": {
    summary: "Actions, newest first.",
    permission: "actions.read",
    rate: "read",
    query: z.strictObject({
      server: r.id.optional(),
      service: r.id.optional(),
      batch: r.id.optional(),
      state: z.enum(["asked", "sent", "ended"]).optional(),
      before: r.id.optional().describe("only those asked before this one"),
      limit: z.coerce.number().int().min(1).max(1_000).optional(),
    }),
    answer: list(r.action),
  },
  "GET /api/v1/actions/{id}": {
    summary: "One action; with waitMs it answers when the action has ended, or then.",
    permission: "actions.read",
    rate: "read",
    params: byId,
    query: z.strictObject({ waitMs: z.coerce.number().int().min(0).max(60_000).optional() }),
    answer: r.action,
    errors: ["NOT_FOUND"],
  },
  ...PROBE_ROUTES,
  ...ALERT_ROUTES,
  ...TASK_ROUTES,
  ...ROLLOUT_ROUTES,
  ...STATUS_PAGE_ROUTES,
  ...TELEGRAM_ROUTES,
  "GET /api/v1/metrics/catalog": {
    summary: "Every metric that Muster knows: name, kind, unit, meaning.",
    permission: "metrics.read",
    rate: "read",
    answer: list(r.catalogMetric),
  },
  "GET /api/v1/metrics/query": {
    summary: "One or several metrics of some servers over a time range, in steps, singly or combined.",
    permission: "metrics.read",
    rate: "query",
    query: metricQuery,
    answer: r.queryAnswer,
    streamed: ["application/json"],
    errors: ["NOT_FOUND", "QUERY_TOO_LARGE", "QUERY_TIMED_OUT"],
  },
  "GET /api/v1/metrics/export": {
    summary: "Samples of some servers over a time range as a file, or with a step the points of a query.",
    permission: "metrics.read",
    rate: "query",
    query: metricExport,
    answer: r.exportAnswer,
    streamed: ["text/csv", "application/x-ndjson", "application/json"],
    errors: ["NOT_FOUND", "QUERY_TOO_LARGE", "QUERY_TIMED_OUT"],
  },
  "GET /api/v1/metrics/summary": {
    summary: "The newest readings of every server, and the last hour's processor use a minute.",
    permission: "metrics.read",
    rate: "read",
    answer: list(z.object({ serverId: r.id, summary: r.serverSummary, cpuLastHour: z.array(z.number().nullable()) })),
  },
  "GET /api/v1/system/retention": {
    summary: "How long samples, minutes and hours are kept, and what the metric file may take.",
    permission: "hub.read",
    rate: "read",
    answer: r.retention,
  },
  "PUT /api/v1/system/retention": {
    summary: "Changes how long history is kept. What is older is dropped at once.",
    permission: "hub.write",
    rate: "write",
    body: r.retention,
    answer: r.retention,
  },
  "GET /api/v1/system/storage": {
    summary: "What the history takes on the disk, by resolution and day, and how it will grow.",
    permission: "hub.read",
    rate: "read",
    answer: r.storage,
  },
  "GET /api/v1/audit": {
    summary: "The audit log, newest first.",
    permission: "audit.read",
    rate: "read",
    query: z.strictObject({
      before: z.coerce.number().int().min(1).optional().describe("only rows with a lower number"),
      limit: z.coerce.number().int().min(1).max(500).optional(),
      actor: text(128).optional(),
      action: text(128).optional(),
      target: text(128).optional(),
    }),
    answer: z.object({
      items: z.array(r.auditRow),
      chain: z.object({ state: z.enum(["intact", "broken"]), rows: z.int(), why: z.string() }),
    }),
  },
  "GET /api/v1/status": {
    summary: "The hub itself: version, uptime, storage, connected servers, warnings.",
    permission: "hub.read",
    rate: "read",
    answer: z.object({
      version: z.string(),
      startedAt: r.instant,
      now: r.instant,
      servers: z.object({ total: z.int(), online: z.int(), stale: z.int(), offline: z.int(), pending: z.int() }),
      storage: z.object({
        state: z.enum(["working", "full", "failed"]),
        seriesCount: z.int(),
        sampleCount: z.int(),
        bytes: z.int(),
      }),
      warnings: z.array(z.string()),
    }),
  },
});

export type Routes = typeof ROUTES;
export type RouteName = keyof Routes;

type Part<R, K extends string> = R extends Record<K, infer S extends z.ZodType> ? S : undefined;
/** What a caller sends, by route. */
export type RouteInput<N extends RouteName> = {
  readonly params: Part<Routes[N], "params"> extends z.ZodType ? z.input<Part<Routes[N], "params">> : undefined;
  readonly query: Part<Routes[N], "query"> extends z.ZodType ? z.input<Part<Routes[N], "query">> : undefined;
  readonly body: Part<Routes[N], "body"> extends z.ZodType ? z.input<Part<Routes[N], "body">> : undefined;
};
/** What the hub's handler gets after checking, by route. */
export type RouteParsed<N extends RouteName> = {
  readonly params: Part<Routes[N], "params"> extends z.ZodType ? z.output<Part<Routes[N], "params">> : undefined;
  readonly query: Part<Routes[N], "query"> extends z.ZodType ? z.output<Part<Routes[N], "query">> : undefined;
  readonly body: Part<Routes[N], "body"> extends z.ZodType ? z.output<Part<Routes[N], "body">> : undefined;
};
/** What comes back, by route. */
export type RouteAnswer<N extends RouteName> = z.output<Routes[N]["answer"]>;
