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
  "GET /api/v1/ssh-keys": row("ssh-keys.read", "401 403 403 200 200 403"),
  "POST /api/v1/ssh-keys": row("ssh-keys.write", "401 403 403 201 201 403"),
  "DELETE /api/v1/ssh-keys/{id}": row("ssh-keys.write", "401 403 403 204 204 403", "401 403 403 404 404 403"),
  "GET /api/v1/servers/{id}": row("servers.read", "401 200 200 200 200 403", "401 404 404 404 404 403"),
  "PATCH /api/v1/servers/{id}": row("servers.write", "401 403 403 200 200 403", "401 403 403 404 404 403"),
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
  "live actions": row("actions.read", "401 FORBIDDEN state state 401 401"),
  "live join-token": row(
    "join-tokens.read",
    "401 FORBIDDEN FORBIDDEN state 401 401",
    "401 FORBIDDEN FORBIDDEN NOT_FOUND 401 401",
  ),
};

/** Rows are only ever added: taking one away takes this number down, which a reviewer sees. */
export const MATRIX_ROWS_LEAST = 60;
