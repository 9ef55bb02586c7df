import type { Permission } from "@muster/protocol";

/** Who knocks, in the order of the columns below. The tokens are an administrator's: one with exactly the scope that the
 * door asks for, one with every scope but that. */
export const CALLERS = ["nobody", "viewer", "operator", "admin", "token with", "token without"] as const;
export type CallerName = (typeof CALLERS)[number];

/**
 * One row per door: the right it asks for, and for each caller the status it answers, for something that exists and
 * for something that does not ("-": the door has no such case). For a live topic `state` means that its state comes and a
 * code that the topic is refused. Whoever adds a route or a topic adds its row here, by thought and not by copying
 * what the hub happens to answer.
 */
export interface MatrixRow {
  readonly right: Permission;
  readonly existing: string;
  readonly missing: string;
}

const row = (right: Permission, existing: string, missing = "-"): MatrixRow => ({ right, existing, missing });

export const MATRIX: Readonly<Record<string, MatrixRow>> = {
  //                                                            nobody viewer operator admin with without
  "POST /api/v1/setup": row("public", "409 409 409 409 409 409"),
  "GET /api/v1/setup": row("public", "200 200 200 200 200 200"),
  "POST /api/v1/login": row("public", "200 200 200 200 200 200", "401 401 401 401 401 401"),
  "POST /api/v1/logout": row("signed-in", "401 204 204 204 403 403"),
  "GET /api/v1/me": row("signed-in", "401 200 200 200 200 200"),
  "POST /api/v1/me/prove": row("signed-in", "401 200 200 200 403 403", "401 401 401 401 403 403"),
  "POST /api/v1/me/password": row("self.write", "401 200 200 200 403 403", "401 401 401 401 403 403"),
  "GET /api/v1/users": row("users.read", "401 403 403 200 200 403"),
  // A token can only give what it holds: with users.write alone it makes nobody.
  "POST /api/v1/users": row("users.write", "401 403 403 201 403 403"),
  "PATCH /api/v1/users/{id}": row("users.write", "401 403 403 200 403 403", "401 403 403 404 404 403"),
  "DELETE /api/v1/users/{id}": row("users.write", "401 403 403 204 403 403", "401 403 403 404 404 403"),
  "GET /api/v1/tokens": row("tokens.read", "401 200 200 200 200 403"),
  "POST /api/v1/tokens": row("tokens.write", "401 201 201 201 403 403"),
  "DELETE /api/v1/tokens/{id}": row("tokens.write", "401 204 204 204 204 403", "401 404 404 404 404 403"),
  "GET /api/v1/join-tokens": row("join-tokens.read", "401 403 403 200 200 403"),
  "POST /api/v1/join-tokens": row("join-tokens.write", "401 403 403 201 201 403"),
  "DELETE /api/v1/join-tokens/{id}": row("join-tokens.write", "401 403 403 204 204 403", "401 403 403 404 404 403"),
  "GET /api/v1/servers": row("servers.read", "401 200 200 200 200 403"),
  "POST /api/v1/servers": row("servers.write", "401 403 403 201 201 403"),
  // A token of their own kind counts there and nothing else, neither a session nor an API token.
  "POST /api/v1/servers/register": row("own-token", "403 403 403 403 403 403"),
  "POST /api/v1/servers/{id}/heartbeat": row("own-token", "401 401 401 401 401 401", "401 401 401 401 401 401"),
  "POST /api/v1/servers/{id}/token": row("servers.write", "401 403 403 201 201 403", "401 403 403 404 404 403"),
  "GET /api/v1/servers/{id}/link": row("servers.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "PUT /api/v1/servers/{id}/link": row("servers.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
  "POST /api/v1/servers/{id}/link/host-key": row("servers.write", "401 403 403 409 409 403", "401 403 403 404 404 403"),
  "POST /api/v1/servers/{id}/link/test": row("servers.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
  "POST /api/v1/link-tests": row("servers.write", "401 403 403 200 200 403"),
  "POST /api/v1/servers/{id}/refresh": row("servers.read", "401 503 503 503 503 403", "401 404 404 404 404 403"),
  // The servers of this walk are not reached by SSH, so whoever gets through hears 409.
  "POST /api/v1/servers/{id}/agent": row("agents.write", "401 403 403 409 409 403", "401 403 403 404 404 403"),
  "GET /api/v1/deployments": row("actions.read", "401 403 200 200 200 403"),
  "GET /api/v1/deployments/{id}": row("actions.read", "401 403 404 404 404 403"),
  "GET /api/v1/incidents": row("incidents.read", "401 200 200 200 200 403"),
  "GET /api/v1/incidents/{id}": row("incidents.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "POST /api/v1/incidents/{id}/acknowledge": row(
    "incidents.write",
    "401 403 200 200 200 403",
    "401 403 404 404 404 403",
  ),
  "POST /api/v1/incidents/{id}/snooze": row("incidents.write", "401 403 200 200 200 403", "401 403 404 404 404 403"),
  "POST /api/v1/incidents/{id}/notes": row("incidents.write", "401 403 200 200 200 403", "401 403 404 404 404 403"),
  "GET /api/v1/silences": row("incidents.read", "401 200 200 200 200 403"),
  "POST /api/v1/silences": row("incidents.write", "401 403 201 201 201 403"),
  "DELETE /api/v1/silences/{id}": row("incidents.write", "401 403 204 204 204 403", "401 403 404 404 404 403"),
  "GET /api/v1/rules": row("rules.read", "401 200 200 200 200 403"),
  "POST /api/v1/rules": row("rules.write", "401 403 403 201 201 403"),
  "PUT /api/v1/rules/{id}": row("rules.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
  "DELETE /api/v1/rules/{id}": row("rules.write", "401 403 403 204 204 403", "401 403 403 404 404 403"),
  "POST /api/v1/rule-previews": row("rules.read", "401 200 200 200 200 403"),
  "GET /api/v1/tasks": row("tasks.read", "401 200 200 200 200 403"),
  // Writing or running a task needs the right to what it does besides, which a token with this one alone has not.
  "POST /api/v1/tasks": row("tasks.write", "401 403 201 201 403 403"),
  "GET /api/v1/tasks/{id}": row("tasks.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "PUT /api/v1/tasks/{id}": row("tasks.write", "401 403 200 200 403 403", "401 403 404 404 404 403"),
  "DELETE /api/v1/tasks/{id}": row("tasks.write", "401 403 204 204 204 403", "401 403 404 404 404 403"),
  "POST /api/v1/tasks/{id}/enable": row("tasks.write", "401 403 200 200 403 403", "401 403 404 404 404 403"),
  "POST /api/v1/tasks/{id}/run": row("tasks.write", "401 403 201 201 403 403", "401 403 404 404 404 403"),
  "POST /api/v1/task-previews": row("tasks.read", "401 200 200 200 200 403"),
  "GET /api/v1/runs": row("tasks.read", "401 200 200 200 200 403"),
  // It has what programs printed.
  "GET /api/v1/runs/{id}": row("actions.read", "401 403 200 200 200 403", "401 403 404 404 404 403"),
  "GET /api/v1/services/graph": row("services.read", "401 200 200 200 200 403"),
  "PUT /api/v1/services/{id}/needs/{needed}": row(
    "servers.write",
    "401 403 403 204 204 403",
    "401 403 403 404 404 403",
  ),
  "DELETE /api/v1/services/{id}/needs/{needed}": row(
    "servers.write",
    "401 403 403 204 204 403",
    "401 403 403 404 404 403",
  ),
  "GET /api/v1/rollouts": row("rollouts.read", "401 200 200 200 200 403"),
  "POST /api/v1/rollouts": row("rollouts.write", "401 403 201 201 201 403"),
  "GET /api/v1/rollouts/{id}": row("rollouts.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "PUT /api/v1/rollouts/{id}": row("rollouts.write", "401 403 200 200 200 403", "401 403 404 404 404 403"),
  // Of an administrator's plan, which that one cannot approve. To let it happen takes the right to what happens besides.
  "POST /api/v1/rollouts/{id}/approve": row("rollouts.approve", "401 403 200 403 403 403", "401 403 404 404 404 403"),
  // Only who made the plan starts it.
  "POST /api/v1/rollouts/{id}/start": row("rollouts.write", "401 403 403 200 403 403", "401 403 404 404 404 403"),
  // None of these has been started, or one has ended, so whoever gets through hears 409.
  "POST /api/v1/rollouts/{id}/pause": row("rollouts.write", "401 403 409 409 409 403", "401 403 404 404 404 403"),
  "POST /api/v1/rollouts/{id}/resume": row("rollouts.write", "401 403 409 409 403 403", "401 403 404 404 404 403"),
  "POST /api/v1/rollouts/{id}/abort": row("rollouts.write", "401 403 409 409 409 403", "401 403 404 404 404 403"),
  "POST /api/v1/runs/{id}/cancel": row("tasks.write", "401 403 200 200 200 403", "401 403 404 404 404 403"),
  "GET /api/v1/notifiers": row("notifiers.read", "401 403 403 200 200 403"),
  "POST /api/v1/notifiers": row("notifiers.write", "401 403 403 201 201 403"),
  "PATCH /api/v1/notifiers/{id}": row("notifiers.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
  "DELETE /api/v1/notifiers/{id}": row("notifiers.write", "401 403 403 204 204 403", "401 403 403 404 404 403"),
  "POST /api/v1/notifiers/{id}/test": row("notifiers.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
  // The notifier of this walk is none that a text can be sent by, so whoever gets through hears 409.
  "POST /api/v1/notifiers/{id}/messages": row("notifiers.write", "401 403 403 409 409 403", "401 403 403 404 404 403"),
  "GET /api/v1/status-pages": row("status-pages.read", "401 200 200 200 200 403"),
  "POST /api/v1/status-pages": row("status-pages.write", "401 403 403 201 201 403"),
  "PATCH /api/v1/status-pages/{id}": row("status-pages.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
  "DELETE /api/v1/status-pages/{id}": row("status-pages.write", "401 403 403 204 204 403", "401 403 403 404 404 403"),
  "GET /api/v1/me/telegram": row("self.read", "401 200 200 200 200 403"),
  // A binding holds all that its user holds, so no token makes one.
  "POST /api/v1/me/telegram-code": row("self.write", "401 201 201 201 403 403"),
  "DELETE /api/v1/me/telegram": row("self.write", "401 204 204 204 204 403"),
  // No bot of this walk has a webhook.
  "POST /api/v1/telegram/{id}": row("own-token", "404 404 404 404 404 404", "404 404 404 404 404 404"),
  "POST /api/v1/notifier-previews": row("notifiers.read", "401 403 403 200 200 403"),
  "GET /api/v1/deliveries": row("notifiers.read", "401 403 403 200 200 403"),
  "POST /api/v1/deliveries/{id}/retry": row("notifiers.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
  "GET /api/v1/probes": row("probes.read", "401 200 200 200 200 403"),
  "POST /api/v1/probes": row("probes.write", "401 403 403 201 201 403"),
  "GET /api/v1/probes/{id}": row("probes.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "PATCH /api/v1/probes/{id}": row("probes.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
  "DELETE /api/v1/probes/{id}": row("probes.write", "401 403 403 204 204 403", "401 403 403 404 404 403"),
  "POST /api/v1/probes/{id}/run": row("probes.run", "401 403 200 200 200 403", "401 403 404 404 404 403"),
  "POST /api/v1/probe-trials": row("probes.write", "401 403 403 200 200 403"),
  // The probe of this walk has no acts, so whoever gets through hears 404.
  "POST /api/v1/probes/{id}/acts/{act}": row("actions.dangerous", "401 403 404 404 404 403", "401 403 404 404 404 403"),
  // It is no passive one.
  "POST /api/v1/probes/{id}/ping-url": row("probes.write", "401 403 403 409 409 403", "401 403 403 404 404 403"),
  "POST /api/v1/pings/{token}": row("own-token", "404 404 404 404 404 404"),
  "POST /api/v1/pings/{token}/{signal}": row("own-token", "404 404 404 404 404 404"),
  "GET /api/v1/ssh-keys": row("ssh-keys.read", "401 403 403 200 200 403"),
  "POST /api/v1/ssh-keys": row("ssh-keys.write", "401 403 403 201 201 403"),
  "DELETE /api/v1/ssh-keys/{id}": row("ssh-keys.write", "401 403 403 204 204 403", "401 403 403 404 404 403"),
  // No server of this walk uses the key, so whoever gets through hears 409.
  "POST /api/v1/ssh-keys/{id}/replacements": row(
    "ssh-keys.write",
    "401 403 403 409 409 403",
    "401 403 403 404 404 403",
  ),
  "GET /api/v1/key-replacements": row("ssh-keys.read", "401 403 403 200 200 403"),
  "GET /api/v1/key-replacements/{id}": row("ssh-keys.read", "401 403 403 404 404 403"),
  "GET /api/v1/servers/{id}": row("servers.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "PATCH /api/v1/servers/{id}": row("servers.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
  "GET /api/v1/servers/{id}/parents": row("servers.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "PUT /api/v1/servers/{id}/parents": row("servers.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
  "DELETE /api/v1/servers/{id}": row("servers.delete", "401 403 403 204 204 403", "401 403 403 404 404 403"),
  // The servers of this walk are not connected, so whoever gets through hears 503.
  "GET /api/v1/servers/{id}/processes": row("processes.read", "401 503 503 503 503 403", "401 404 404 404 404 403"),
  "GET /api/v1/servers/{id}/series": row("metrics.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "POST /api/v1/servers/{id}/actions": row("actions.read", "401 403 503 503 503 403", "401 403 404 404 404 403"),
  "GET /api/v1/services": row("services.read", "401 200 200 200 200 403"),
  "GET /api/v1/services/{id}": row("services.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "GET /api/v1/services/{id}/ledger": row("services.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "GET /api/v1/port-conflicts": row("services.read", "401 200 200 200 200 403"),
  "GET /api/v1/servers/{id}/definitions": row("services.read", "401 503 503 503 503 403", "401 404 404 404 404 403"),
  "POST /api/v1/actions": row("actions.read", "401 403 202 202 202 403", "401 403 404 404 404 403"),
  "GET /api/v1/actions": row("actions.read", "401 403 200 200 200 403"),
  "GET /api/v1/actions/{id}": row("actions.read", "401 403 200 200 200 403", "401 403 404 404 404 403"),
  "PUT /api/v1/servers/{id}/definitions/{driver}/{name}": row(
    "actions.dangerous",
    "401 403 503 503 503 403",
    "401 403 404 404 404 403",
  ),
  "DELETE /api/v1/servers/{id}/definitions/{driver}/{name}": row(
    "actions.dangerous",
    "401 403 503 503 503 403",
    "401 403 404 404 404 403",
  ),
  "GET /api/v1/metrics/catalog": row("metrics.read", "401 200 200 200 200 403"),
  "GET /api/v1/metrics/query": row("metrics.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "GET /api/v1/metrics/export": row("metrics.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "GET /api/v1/metrics/summary": row("metrics.read", "401 200 200 200 200 403"),
  "GET /api/v1/services/{id}/logs": row("logs.read", "401 403 503 503 503 403", "401 403 404 404 404 403"),
  "GET /api/v1/logs": row("logs.read", "401 403 503 503 503 403", "401 403 404 404 404 403"),
  "GET /api/v1/system/retention": row("hub.read", "401 200 200 200 200 403"),
  "PUT /api/v1/system/retention": row("hub.write", "401 403 403 200 200 403"),
  "GET /api/v1/system/storage": row("hub.read", "401 200 200 200 200 403"),
  "GET /api/v1/audit": row("audit.read", "401 403 403 200 200 403"),
  "GET /api/v1/status": row("hub.read", "401 200 200 200 200 403"),

  // Doors that are no API.
  "GET /healthz": row("public", "200 200 200 200 200 200"),
  "GET /readyz": row("public", "200 200 200 200 200 200"),
  "GET /status/{slug}": row("public", "200 200 200 200 200 200", "404 404 404 404 404 404"),
  "GET /metrics": row("hub.read", "401 200 200 200 200 403"),
  "GET /api/v1/openapi.json": row("public", "200 200 200 200 200 200"),
  "GET /api/docs": row("public", "200 200 200 200 200 200"),
  "GET /api/docs.css": row("public", "200 200 200 200 200 200"),

  // Topics of the live socket, which takes sessions only.
  "live fleet": row("servers.read", "401 state state state 401 401"),
  "live server": row("metrics.read", "401 state state state 401 401", "401 NOT_FOUND NOT_FOUND NOT_FOUND 401 401"),
  "live processes": row(
    "processes.read",
    "401 SERVER_OFFLINE SERVER_OFFLINE SERVER_OFFLINE 401 401",
    "401 NOT_FOUND NOT_FOUND NOT_FOUND 401 401",
  ),
  "live services": row("services.read", "401 state state state 401 401"),
  "live services-of": row(
    "services.read",
    "401 state state state 401 401",
    "401 NOT_FOUND NOT_FOUND NOT_FOUND 401 401",
  ),
  "live ledger": row("services.read", "401 state state state 401 401", "401 NOT_FOUND NOT_FOUND NOT_FOUND 401 401"),
  "live incidents": row("incidents.read", "401 state state state 401 401"),
  "live probes": row("probes.read", "401 state state state 401 401"),
  "live rollouts": row("rollouts.read", "401 state state state 401 401"),
  "live tasks": row("tasks.read", "401 state state state 401 401"),
  "live actions": row("actions.read", "401 FORBIDDEN state state 401 401"),
  "live join-token": row(
    "join-tokens.read",
    "401 FORBIDDEN FORBIDDEN state 401 401",
    "401 FORBIDDEN FORBIDDEN NOT_FOUND 401 401",
  ),
};

/** Rows are only ever added: taking one away takes this number down, which a reviewer sees. */
export const MATRIX_ROWS_LEAST = 60;

/** Answers of a door over several of our routes, by who asks. */
const LOOKS = "401 200 200 200 200 403";
const LOOKS_IN_VAIN = "401 404 404 404 404 403";
const ADMIN_LOOKS = "401 403 403 200 200 403";
const ADMIN_ONLY_IN_VAIN = "401 403 403 404 404 403";
/** Whoever may act hears that the server is not connected; a token with the door's rights alone may not act. */
const acts = (failure: number): string => `401 403 ${failure} ${failure} 403 403`;
/** What is not there fails before the question who may act. */
const actsInVain = (failure: number): string => `401 403 ${failure} ${failure} ${failure} 403`;

/**
 * The doors of other systems, by whose words and the path as that system writes it; the same at the root and under the
 * prefix. "token with" holds exactly the rights of the door, "token without" every right but the first of them. A door that
 * is not served needs no row: it answers 501 to whoever is signed in.
 */
export const COMPAT_MATRIX: Readonly<Record<string, readonly [existing: string, missing?: string]>> = {
  //                                  nobody viewer operator admin with without
  "root GET /health": [LOOKS],
  "root GET /api/servers": [LOOKS],
  "root GET /api/servers/{id}": [LOOKS, LOOKS_IN_VAIN],

  "s1 GET /health": [LOOKS],
  "s1 GET /api/servers": [LOOKS],
  "s1 GET /api/servers/{id}": [LOOKS, LOOKS_IN_VAIN],
  "s1 GET /api/servers/{id}/status": [LOOKS, LOOKS_IN_VAIN],
  // The servers of this walk come by themselves.
  "s1 POST /api/servers/{id}/refresh": ["401 503 503 503 503 403", LOOKS_IN_VAIN],
  // The hub of this walk has no servers file.
  "s1 POST /api/servers/reload": [ADMIN_ONLY_IN_VAIN],
  // Every failure is 500 there, also of a server that there is not.
  "s1 POST /api/servers/{id}/channels/{n}/start": [acts(500), actsInVain(500)],
  "s1 POST /api/servers/{id}/channels/{n}/stop": [acts(500), actsInVain(500)],
  "s1 POST /api/servers/{id}/channels/{n}/restart": [acts(500), actsInVain(500)],

  "s2 GET /health": [LOOKS],
  "s2 GET /api/services": [LOOKS],
  "s2 GET /api/status": [LOOKS],
  // The hub's own machine is none of these servers.
  "s2 GET /api/stats": [LOOKS_IN_VAIN],
  "s2 GET /api/port-conflicts": [LOOKS],
  "s2 GET /api/servers": [LOOKS],
  "s2 GET /api/servers/{id}": [LOOKS, LOOKS_IN_VAIN],
  "s2 POST /api/servers/register": ["403 403 403 403 403 403"],
  "s2 POST /api/servers/{id}/heartbeat": ["401 401 401 401 401 401", "401 401 401 401 401 401"],
  // There failures are 200 with `success` false.
  "s2 POST /api/servers/{id}/command": [acts(200), actsInVain(200)],
  "s2 GET /api/metrics/summary": [LOOKS],
  "s2 GET /api/metrics/{id}": [LOOKS, LOOKS_IN_VAIN],
  "s2 POST /api/service/add": ["401 403 200 200 200 403", actsInVain(200)],
  "s2 DELETE /api/service/{name}": ["401 403 200 200 200 403", actsInVain(200)],
  "s2 POST /api/service/{name}/start": [acts(200), actsInVain(200)],
  "s2 POST /api/service/{name}/stop": [acts(200), actsInVain(200)],
  "s2 POST /api/service/{name}/restart": [acts(200), actsInVain(200)],
  "s2 POST /api/bulk/stop/{kind}": [actsInVain(200)],
  "s2 GET /api/tasks": [LOOKS],
  "s2 POST /api/tasks": ["401 403 400 400 400 403"],
  "s2 PUT /api/tasks/{name}": ["401 403 404 404 404 403"],
  "s2 DELETE /api/tasks/{name}": ["401 403 404 404 404 403"],
  "s2 WS /ws": ["401 101 101 101 101 403"],

  "s3 POST /api/login": ["200 200 200 200 200 200", "401 401 401 401 401 401"],
  "s3 POST /api/logout": ["401 200 200 200 403 403"],
  "s3 GET /api/status": [LOOKS],
  "s3 GET /api/services": [LOOKS],
  "s3 POST /api/services/{name}/start": [acts(500), actsInVain(500)],
  "s3 POST /api/services/{name}/stop": [acts(500), actsInVain(500)],
  "s3 POST /api/services/{name}/restart": [acts(500), actsInVain(500)],
  "s3 GET /api/metrics/history": [LOOKS, LOOKS_IN_VAIN],
  // The hub of this walk has no SQL metrics.
  "s3 GET /api/users/stats": ["401 501 501 501 501 403"],
  "s3 GET /api/marzban/instances": [LOOKS],
  "s3 GET /api/marzban/instances/{id}": [LOOKS, LOOKS_IN_VAIN],
  "s3 WS /ws/logs/{service}": ["401 403 101 101 101 403", "401 403 101 101 101 403"],

  "s4 GET /healthz": ["200 200 200 200 200 200"],
  "s4 GET /version": [LOOKS],
  "s4 GET /auth/status": ["200 200 200 200 200 200"],
  "s4 POST /auth/login": ["200 200 200 200 200 200", "400 400 400 400 400 400"],
  "s4 GET /auth/me": ["401 200 200 200 200 200"],
  "s4 GET /auth/users": [ADMIN_LOOKS],
  "s4 POST /auth/users": ["401 403 403 201 403 403"],
  "s4 DELETE /auth/users/{id}": ["401 403 403 204 403 403", ADMIN_ONLY_IN_VAIN],
  "s4 GET /backends/": [LOOKS],
  "s4 POST /backends/": ["401 403 403 201 201 403"],
  "s4 GET /backends/with-latest": [LOOKS],
  "s4 GET /backends/{id}": [LOOKS, LOOKS_IN_VAIN],
  "s4 PUT /backends/{id}": [ADMIN_LOOKS, ADMIN_ONLY_IN_VAIN],
  "s4 DELETE /backends/{id}": ["401 403 403 204 204 403", ADMIN_ONLY_IN_VAIN],
  "s4 POST /backends/{id}/refresh": ["401 503 503 503 503 403", LOOKS_IN_VAIN],
  "s4 POST /backends/{id}/reboot": [acts(502), actsInVain(404)],
  "s4 GET /backends/{id}/mounts": [LOOKS, LOOKS_IN_VAIN],
  "s4 POST /metrics/{id}": ["401 401 401 401 401 401", "401 401 401 401 401 401"],
  // None of them was ever read.
  "s4 GET /metrics/{id}/latest": [LOOKS_IN_VAIN, LOOKS_IN_VAIN],
  "s4 GET /dashboard/": [LOOKS],
  "s4 GET /dashboard/{id}/series": [LOOKS, LOOKS_IN_VAIN],
  "s4 POST /system/reboot": [actsInVain(404)],
  "s4 GET /telegram/settings": [ADMIN_LOOKS],
  "s4 PUT /telegram/settings": [ADMIN_LOOKS],
  // The hub of this walk has no Telegram notifier.
  "s4 POST /telegram/send/stats": [ADMIN_ONLY_IN_VAIN],
  "s4 POST /telegram/send/warn": [ADMIN_ONLY_IN_VAIN],
  "s4 GET /system/db-size": [LOOKS],
  "s4 GET /system/retention": [LOOKS],
  "s4 PUT /system/retention": [ADMIN_LOOKS],

  "s5 GET /api/health": [LOOKS],
  "s5 GET /api/ready": [LOOKS],
  "s5 GET /api/metrics": [LOOKS],
  "s5 GET /api/admin/health": [LOOKS],
  "s5 GET /api/setup/status": ["200 200 200 200 200 200"],
  "s5 POST /api/auth/login": ["200 200 200 200 200 200", "401 401 401 401 401 401"],
  "s5 POST /api/auth/logout": ["401 200 200 200 200 200"],
  "s5 GET /api/auth/verify": ["401 200 200 200 200 200"],
  "s5 GET /api/servers": [LOOKS],
  "s5 POST /api/servers": ["401 403 403 201 201 403"],
  "s5 GET /api/servers/{id}": [LOOKS, LOOKS_IN_VAIN],
  "s5 PUT /api/servers/{id}": [ADMIN_LOOKS, ADMIN_ONLY_IN_VAIN],
  "s5 DELETE /api/servers/{id}": [ADMIN_LOOKS, ADMIN_ONLY_IN_VAIN],
  "s5 POST /api/servers/test": [ADMIN_LOOKS],
  "s5 GET /api/remote/stats/all": [LOOKS],
  "s5 GET /api/remote/stats/{id}": ["401 503 503 503 503 403", LOOKS_IN_VAIN],
  "s5 POST /api/remote/action/{id}": [acts(200), actsInVain(200)],
  "s5 POST /api/remote/agent/deploy/{id}": [ADMIN_LOOKS, ADMIN_ONLY_IN_VAIN],
  "s5 POST /api/remote/agent/install/{id}": [ADMIN_LOOKS, ADMIN_ONLY_IN_VAIN],
  "s5 POST /api/remote/agent/start/{id}": [ADMIN_LOOKS, ADMIN_ONLY_IN_VAIN],
  "s5 POST /api/remote/agent/uninstall/{id}": [ADMIN_LOOKS, ADMIN_ONLY_IN_VAIN],
  // None of these servers has joined.
  "s5 POST /api/remote/agent/info/{id}": [LOOKS_IN_VAIN, LOOKS_IN_VAIN],
  "s5 GET /api/stats/overview": [LOOKS],
  "s5 GET /api/alerts": [LOOKS],
  "s5 GET /api/ssh/pubkey": [ADMIN_LOOKS],
  "s5 GET /api/activity/recent": [ADMIN_LOOKS],
  "s5 GET /api/audit-logs": [ADMIN_LOOKS],
  "s5 GET /api/users": [ADMIN_LOOKS],
  "s5 POST /api/users": ["401 403 403 201 403 403"],
  "s5 GET /api/users/{id}": [ADMIN_LOOKS, ADMIN_ONLY_IN_VAIN],
  "s5 PUT /api/users/{id}": ["401 403 403 200 403 403", ADMIN_ONLY_IN_VAIN],
  "s5 DELETE /api/users/{id}": ["401 403 403 200 403 403", ADMIN_ONLY_IN_VAIN],
  "s5 GET /api/ssh-keys": [ADMIN_LOOKS],
  "s5 POST /api/ssh-keys": ["401 403 403 201 201 403"],
  "s5 DELETE /api/ssh-keys/{id}": [ADMIN_LOOKS, ADMIN_ONLY_IN_VAIN],
};

/** As `MATRIX_ROWS_LEAST`. */
export const COMPAT_ROWS_LEAST = 101;
