import { isMusterError, MusterError } from "@muster/core";
import type { AuditRow, IncidentView, LinkSettings, Server, SshKeyView, User } from "@muster/protocol";
import { resources } from "@muster/protocol";
import { z } from "zod";
import { addressOf, lastSeenAt } from "./addresses.ts";
import { credentials } from "./bearer-sign-in.ts";
import { bodyOf, idParam, ok, queryOf, reply } from "./compat-handler.ts";
import type { CompatHandlers, CompatRequest, RouteCall } from "./compat-handler.ts";
import type { S5 } from "./compat-table.ts";
import { errorBody } from "./error-shape.ts";
import { s5Action } from "./s5-action.ts";
import { s5Agent, s5AgentInfo } from "./s5-agent.ts";
import type { S5AgentVerb } from "./s5-agent.ts";
import { s5Id, s5Processes, s5Stats } from "./s5-stats.ts";
import { serverIdOf, serverOf } from "./server-ids.ts";
import type { TongueDeps } from "./tongue-deps.ts";
import { zonedTime } from "./units.ts";

const userRole = resources.role.optional();
const newUser = credentials.extend({ role: userRole });
const changedUser = z.object({
  password: z.string().max(256).optional(),
  role: userRole,
  is_active: z.union([z.boolean(), z.int().min(0).max(1)]).optional(),
});
const tags = z.union([z.string().max(1_000), z.array(z.string()).max(32)]).nullish();
const sshFields = {
  host: z.string(),
  port: z.int().nullish(),
  username: z.string(),
  ssh_key_path: z.string().max(4_096).nullish(),
  ssh_password: z.string().max(4_096).nullish(),
};
const trial = z.object(sshFields);
const newServer = trial.extend({ name: z.string(), description: z.string().nullish(), tags });
const changedServer = newServer.partial();
const rows = z.object({ limit: z.coerce.number().int().min(1).max(500).optional() });
const newKey = z.object({ name: z.string(), private_key: z.string().nullish(), passphrase: z.string().nullish() });

/** The monitor by SSH: servers with integers for ids, statistics, actions, people, the log of what was done. */
export function s5Handlers(deps: TongueDeps): CompatHandlers<typeof S5> {
  const { fleet, clock, version, signIn } = deps;
  const idOf = (request: CompatRequest): string => serverIdOf(idParam(request), fleet);

  const agent = (verb: S5AgentVerb) => async (request: CompatRequest) =>
    s5Agent(request, verb, await serverOf(request, fleet));

  return {
    "GET /api/health": async ({ call }) => {
      const { now } = await call("GET /api/v1/status");
      return ok({ status: "ok", timestamp: zonedTime(now) });
    },
    "GET /api/ready": async ({ call }) => {
      const { storage } = await call("GET /api/v1/status");
      const checks = {
        hub: deps.isReady() ? "ok" : "starting",
        storage: storage.state === "working" ? "ok" : storage.state,
      };
      const isReady = checks.hub === "ok" && checks.storage === "ok";
      return reply(isReady ? 200 : 503, { status: isReady ? "ready" : "not_ready", checks });
    },
    "GET /api/metrics": async ({ call, accept }) => {
      const { startedAt, now, servers, storage } = await call("GET /api/v1/status");
      if (/\btext\/(?:plain|\*)|openmetrics/.test(accept))
        return {
          ...ok(await deps.renderMetrics()),
          contentType: "text/plain; version=0.0.4; charset=utf-8",
        };
      return ok({
        uptime_seconds: Math.round((now - startedAt) / 1_000),
        ...{ version, servers, storage },
        timestamp: zonedTime(now),
      });
    },
    "GET /api/admin/health": async ({ call }) => {
      const { startedAt, now, servers, storage, warnings } = await call("GET /api/v1/status");
      return ok({
        status: warnings.length === 0 ? "ok" : "degraded",
        ...{ version, uptime_seconds: Math.round((now - startedAt) / 1_000), servers, storage, warnings },
        timestamp: zonedTime(now),
      });
    },
    "GET /api/setup/status": async ({ call }) => ok({ needs_setup: (await call("GET /api/v1/setup")).needed }),

    "POST /api/auth/login": async (request) => {
      try {
        const { token, user } = await signIn.signIn(request.call, "s5", bodyOf(request, credentials));
        const { name: username, role } = user;
        const message = "Login successful";
        return ok({ success: true, token, username, role, user: { id: user.id, username, role }, message });
      } catch (error) {
        if (!isMusterError(error, "WRONG_CREDENTIALS")) throw error;
        return reply(401, errorBody("s5", error.message));
      }
    },
    "POST /api/auth/logout": async ({ call, caller }) => {
      if (caller?.actor.kind === "token") await signIn.signOut(caller);
      else await call("POST /api/v1/logout");
      return ok({ success: true, message: "Logged out" });
    },
    "GET /api/auth/verify": async ({ call }) => {
      const { user } = await call("GET /api/v1/me");
      return ok({ valid: true, username: user.name, role: user.role });
    },

    "GET /api/servers": async ({ call, place }) => {
      const { items } = await call("GET /api/v1/servers");
      return ok(await Promise.all(items.map((server) => shownServer(call, server, place))));
    },
    "POST /api/servers": async (request) => {
      const wanted = bodyOf(request, newServer);
      const { name, description, ssh_password } = wanted;
      const { server } = await request.call("POST /api/v1/servers", {
        body: {
          name,
          link: await linkOf(request.call, wanted),
          ...(ssh_password && { secret: ssh_password }),
          ...(description && { notes: description }),
          ...(wanted.tags && { tags: tagsOf(wanted.tags) }),
        },
      });
      return reply(201, { success: true, server_id: s5Id(server.id, request.place), message: "Server added" });
    },
    "GET /api/servers/{id}": async (request) =>
      ok(await shownServer(request.call, await serverOf(request, fleet), request.place)),
    "PUT /api/servers/{id}": async (request) => {
      await changeServer(request, await serverOf(request, fleet));
      return ok({ success: true, message: "Server updated" });
    },
    "DELETE /api/servers/{id}": async (request) => {
      await request.call("DELETE /api/v1/servers/{id}", { params: { id: idOf(request) } });
      return ok({ success: true, message: "Server deleted" });
    },
    "POST /api/servers/test": async (request) => {
      const wanted = bodyOf(request, trial);
      const { ok: isDone, steps } = await request.call("POST /api/v1/link-tests", {
        body: { link: await linkOf(request.call, wanted), ...(wanted.ssh_password && { secret: wanted.ssh_password }) },
      });
      if (isDone) return ok({ success: true, message: "Connection successful" });
      const failed = steps.find((step) => !step.ok);
      return ok(errorBody("s5", failed ? `${failed.step}: ${failed.detail}` : "The connection failed."));
    },

    "GET /api/remote/stats/all": async (request) => {
      const { items } = await request.call("GET /api/v1/servers");
      const services = await request.call("GET /api/v1/services");
      return ok(await s5Stats(request, items, services.items, clock.now()));
    },
    "GET /api/remote/stats/{id}": async (request) => {
      const server = await serverOf(request, fleet);
      const services = await request.call("GET /api/v1/services", { query: { server: server.id } });
      const [stats] = await s5Stats(request, [server], services.items, clock.now());
      if (stats === undefined || "error" in stats)
        return reply(503, { ...errorBody("s5", "Failed to get remote data"), details: stats?.error ?? "" });
      return ok({ ...stats, processes: await s5Processes(request.call, server) });
    },
    "POST /api/remote/action/{id}": (request) => s5Action(request, idOf(request)),
    "POST /api/remote/agent/deploy/{id}": agent("deploy"),
    "POST /api/remote/agent/install/{id}": agent("install"),
    "POST /api/remote/agent/start/{id}": agent("start"),
    "POST /api/remote/agent/uninstall/{id}": agent("uninstall"),
    "POST /api/remote/agent/info/{id}": async (request) => s5AgentInfo(await serverOf(request, fleet)),

    "GET /api/stats/overview": async ({ call }) => {
      const { servers } = await call("GET /api/v1/status");
      return ok({
        total_servers: servers.total,
        online_servers: servers.online + servers.stale,
        offline_servers: servers.offline,
        unknown_servers: servers.pending,
        unread_alerts: (await incidentsOf(call, { state: "open" })).filter(({ acknowledged }) => acknowledged === null)
          .length,
      });
    },
    "GET /api/alerts": async (request) => {
      const { server_id, is_read } = queryOf(request, alertChoice);
      const server =
        server_id === undefined ? undefined : await serverOf({ ...request, params: { id: server_id } }, fleet);
      const found = await incidentsOf(request.call, server === undefined ? {} : { server: server.id });
      const alerts = found.map((incident) => shownAlert(incident, request.place));
      return ok(is_read === undefined ? alerts : alerts.filter((alert) => alert.is_read === (is_read === "true")));
    },
    "GET /api/ssh/pubkey": async ({ call }) => {
      const { items } = await call("GET /api/v1/ssh-keys");
      const [key] = items.toSorted((one, other) => one.createdAt - other.createdAt);
      if (key === undefined) return reply(404, errorBody("s5", "The hub has no SSH key yet; make one in the panel."));
      return ok({ success: true, public_key: key.publicKey });
    },
    "GET /api/activity/recent": async (request) => ok({ success: true, activities: await auditOf(request) }),
    "GET /api/audit-logs": async (request) => {
      const logs = await auditOf(request);
      return ok({ success: true, logs, count: logs.length });
    },

    "GET /api/users": async ({ call }) =>
      ok({ success: true, users: (await call("GET /api/v1/users")).items.map(shownUser) }),
    "POST /api/users": async (request) => {
      const { username: name, password, role = "viewer" } = bodyOf(request, newUser);
      const made = await request.call("POST /api/v1/users", { body: { name, password, role } });
      return reply(201, { success: true, user_id: made.id, message: "User created" });
    },
    "GET /api/users/{id}": async ({ call, params }) => {
      const user = (await call("GET /api/v1/users")).items.find(({ id }) => id === params["id"]);
      if (user === undefined) throw new MusterError("NOT_FOUND");
      return ok({ success: true, user: shownUser(user) });
    },
    "PUT /api/users/{id}": async (request) => {
      const { password, role, is_active } = bodyOf(request, changedUser);
      await request.call("PATCH /api/v1/users/{id}", {
        params: { id: idParam(request) },
        body: {
          ...(password !== undefined && { password }),
          ...(role !== undefined && { role }),
          ...(is_active !== undefined && { enabled: Boolean(is_active) }),
        },
      });
      return ok({ success: true, message: "User updated" });
    },
    "DELETE /api/users/{id}": async (request) => {
      await request.call("DELETE /api/v1/users/{id}", { params: { id: idParam(request) } });
      return ok({ success: true, message: "User deleted" });
    },

    "GET /api/ssh-keys": async ({ call }) =>
      ok({ success: true, keys: (await call("GET /api/v1/ssh-keys")).items.map(shownKey) }),
    "POST /api/ssh-keys": async (request) => {
      const { name, private_key, passphrase } = bodyOf(request, newKey);
      const key = await request.call("POST /api/v1/ssh-keys", {
        body: { name, ...(private_key && { privateKey: private_key }), ...(passphrase && { passphrase }) },
      });
      return reply(201, { success: true, key: shownKey(key), message: "Key added" });
    },
    "DELETE /api/ssh-keys/{id}": async (request) => {
      await request.call("DELETE /api/v1/ssh-keys/{id}", { params: { id: idParam(request) } });
      return ok({ success: true, message: "Key deleted" });
    },
  };
}

const PRESENCE = { online: "online", stale: "online", offline: "offline", pending: "unknown" } as const;

/** Secrets have no field here, so none can be shown. */
async function shownServer(call: RouteCall, server: Server, place: CompatRequest["place"]): Promise<object> {
  const { host, port, user } = await addressOf(call, server);
  return {
    id: s5Id(server.id, place),
    ...{ name: server.name, host, port, username: user, description: server.notes },
    ssh_key_path: null,
    agent_port: null,
    agent_installed: server.link === "agent",
    status: PRESENCE[server.presence.is],
    last_seen: zonedTime(lastSeenAt(server)),
    tags: server.tags.join(","),
    group_id: null,
    created_at: zonedTime(server.createdAt),
  };
}

/** That system's tags are one text with commas. */
const tagsOf = (given: string | readonly string[]): string[] =>
  (typeof given === "string" ? given.split(",") : [...given]).map((tag) => tag.trim()).filter((tag) => tag !== "");

/** How a server is reached by SSH. Throws BAD_REQUEST when no key is meant. */
async function linkOf(
  call: RouteCall,
  { host, port, username, ssh_key_path, ssh_password }: z.output<typeof trial>,
): Promise<Extract<LinkSettings, { kind: "ssh" }>> {
  const address = { kind: "ssh", host, user: username, ...(port && { port }) } as const;
  if (ssh_password) return { ...address, authentication: "password" };
  return { ...address, authentication: "key", keyId: await keyIdOf(call, ssh_key_path) };
}

/** That system names a key by its file; here it is one of the hub's own, by that file's name, or the only one there is. */
async function keyIdOf(call: RouteCall, path: string | null | undefined): Promise<string> {
  const { items } = await call("GET /api/v1/ssh-keys");
  const fileName = path?.split("/").at(-1);
  const named = items.find(({ id, name }) => name === fileName || id === fileName);
  const key = named ?? (items.length === 1 ? items[0] : undefined);
  if (key === undefined)
    throw new MusterError("BAD_REQUEST", {
      fields: { ssh_key_path: "must end with the name of one of the hub's SSH keys; make or add it in the panel" },
    });
  return key.id;
}

async function changeServer(request: CompatRequest, { id, link }: Server): Promise<void> {
  const { call } = request;
  const { name, description, host, port, username, ssh_key_path, ssh_password, ...others } = bodyOf(
    request,
    changedServer,
  );
  const reached = { host, port, username, ssh_key_path, ssh_password };
  if (Object.values(reached).some((value) => value !== undefined && value !== null)) {
    if (link !== "ssh")
      throw new MusterError("CONFLICT", {
        message: "This server is not reached by SSH; host, port and login are not its own.",
      });
    const { settings } = await call("GET /api/v1/servers/{id}/link", { params: { id } });
    if (settings.kind === "ssh") {
      const before = { host: settings.host, port: settings.port, username: settings.user };
      const next = { host: host ?? before.host, username: username ?? before.username, port: port ?? before.port };
      const isNewLogin = Boolean(ssh_password) || Boolean(ssh_key_path);
      const login = isNewLogin ? await linkOf(call, { ...next, ssh_key_path, ssh_password }) : undefined;
      await call("PUT /api/v1/servers/{id}/link", {
        params: { id },
        body: {
          link: {
            ...settings,
            ...{ host: next.host, user: next.username, ...(next.port && { port: next.port }) },
            ...(login && { authentication: login.authentication, keyId: login.keyId ?? null }),
          },
          ...(ssh_password && { secret: ssh_password }),
        },
      });
    }
  }
  await call("PATCH /api/v1/servers/{id}", {
    params: { id },
    body: {
      ...(name !== undefined && { name }),
      ...(typeof description === "string" && { notes: description }),
      ...(others.tags && { tags: tagsOf(others.tags) }),
    },
  });
}

const alertChoice = z.object({ server_id: z.string().optional(), is_read: z.enum(["true", "false"]).optional() });

const incidentsOf = async (
  call: RouteCall,
  query: { readonly server?: string; readonly state?: "open" },
): Promise<readonly IncidentView[]> => (await call("GET /api/v1/incidents", { query: { ...query, limit: 500 } })).items;

const shownAlert = (
  { id, servers, rule, title, severity, state, acknowledged, openedAt }: IncidentView,
  place: CompatRequest["place"],
) => ({
  ...{ id, server_id: servers[0] === undefined ? null : s5Id(servers[0].id, place), alert_type: rule, message: title },
  ...{ severity, is_read: state === "resolved" || acknowledged !== null, created_at: zonedTime(openedAt) },
});

async function auditOf(request: CompatRequest): Promise<readonly object[]> {
  const { limit } = queryOf(request, rows);
  const { items } = await request.call("GET /api/v1/audit", { query: limit === undefined ? {} : { limit } });
  return items.map(shownRow);
}

const shownRow = ({ seq, time, actor, action, target, args, decision, reason }: AuditRow): object => ({
  ...{ id: seq, username: actor, action, target },
  ...{ details: args, result: decision, message: reason },
  created_at: zonedTime(time),
});

const shownUser = ({ id, name, role, enabled, createdAt, lastLoginAt }: User): object => ({
  ...{ id, username: name, role, is_active: enabled },
  ...{ created_at: zonedTime(createdAt), last_login: zonedTime(lastLoginAt) },
});

const shownKey = ({ id, name, type, publicKey, fingerprint, createdAt }: SshKeyView): object => ({
  ...{ id, name, key_type: type, public_key: publicKey, fingerprint },
  created_at: zonedTime(createdAt),
});
