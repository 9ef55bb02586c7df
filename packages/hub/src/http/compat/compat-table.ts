import { DIALECTS, missing, served } from "./compat-door.ts";
import type { Dialect, MissingDoor, ServedDoor, Tongue } from "./compat-door.ts";

/**
 * Every path of the other systems: method, path as that system writes it, what it takes to come in, and our own routes
 * by which it is answered. Routing, access walk and docs/api-compat.md are made from it. `WS` is a WebSocket.
 */

const ONE_ACTION = "POST /api/v1/servers/{id}/actions";
const SERVICES = "GET /api/v1/services";
const SERVERS = "GET /api/v1/servers";
const SERVER = "GET /api/v1/servers/{id}";
const QUERY = "GET /api/v1/metrics/query";
const STATUS = "GET /api/v1/status";
const INCIDENTS = "GET /api/v1/incidents";
const LINK = "GET /api/v1/servers/{id}/link";
const REFRESH = "POST /api/v1/servers/{id}/refresh";
const NOTIFIERS = "GET /api/v1/notifiers";
const RULES = "GET /api/v1/rules";
const MESSAGES = "POST /api/v1/notifiers/{id}/messages";
const TELEGRAM_NOTE =
  "Of the Telegram notifier that was made first. `bot_token` is null; thresholds in percent and °C: `ram_used_percent`, `disk_usage_percent`, `cpu_temperature_c`.";
const SENT_NOTE =
  "In English, `{status, message}`; 404 where there is no Telegram notifier, 502 where it was not taken.";
const LOGIN = { permissions: ["public"], rate: "login" } as const;
const STRANGER = { permissions: ["public"] } as const;
const SIGN_IN_NOTE =
  "The bearer is an API token with the rights of the user's role that ends an hour later; a user has at most twenty.";

/** Where several systems use one path and no single one owns it. */
export const ROOT = {
  "GET /health": served([STATUS], { note: "S1's and S2's fields together." }),
  "GET /api/servers": served([SERVERS, SERVICES, LINK], {
    note: "S1's `config` and `state` with S2's fields; `id` is text. Cores are in the answer for one server only.",
  }),
  "GET /api/servers/{id}": served([SERVER, SERVICES, LINK, QUERY], { note: "As the list, with cores." }),
};

const S1_BOX = [SERVERS, SERVICES, LINK, QUERY] as const;
const S1_NOTE =
  "Servers of every kind are listed; only those that are pulled have cores, and channels that have a number.";

export const S1 = {
  "GET /health": served([STATUS], { atRoot: false, note: "`poll_interval` is null: each server has its own." }),
  "GET /api/servers": served(S1_BOX, { rate: "query", atRoot: false, note: S1_NOTE }),
  "GET /api/servers/{id}": served([SERVER, SERVICES, LINK, QUERY], { rate: "query", atRoot: false }),
  "GET /api/servers/{id}/status": served([SERVER, SERVICES, QUERY], { rate: "query" }),
  "POST /api/servers/{id}/refresh": served([REFRESH, SERVICES, LINK, QUERY]),
  "POST /api/servers/reload": served(["POST /api/v1/servers"], {
    note: "Reads the file of the setting `serversFile` anew and adds the servers that it newly names; none is changed or removed. `count` is how many it names. 404 where no file is set, 500 where it cannot be used.",
  }),
  "POST /api/servers/{id}/channels/{n}/start": served([ONE_ACTION, SERVER]),
  "POST /api/servers/{id}/channels/{n}/stop": served([ONE_ACTION, SERVER]),
  "POST /api/servers/{id}/channels/{n}/restart": served([ONE_ACTION, SERVER], {
    note: "Succeeds when the channel was seen to run again and to progress.",
  }),
};

const BY_NAME = [ONE_ACTION, SERVICES] as const;
const BY_NAME_NOTE =
  "`{name}` is the name that the list shows: where several servers have a service of that name, `<server>~<name>` or its id.";

export const S2 = {
  "GET /health": served([STATUS], { atRoot: false, note: "`status` is `healthy`." }),
  "GET /api/services": served([SERVICES, "GET /api/v1/servers/{id}/definitions"], {
    rate: "query",
    atRoot: false,
    note: "What servers define; `start_cmd` is null where the server cannot be asked now. `match_keywords` are empty.",
  }),
  "GET /api/status": served([SERVICES], {
    atRoot: false,
    note: "Services of all servers. Ports are not scanned: `port_status` and `detected_ports` are empty.",
  }),
  "GET /api/stats": served([SERVER], {
    permissions: ["servers.read", "metrics.read"],
    note: "Of the hub's own machine, known by its host name; 404 where it is no server of this hub.",
  }),
  "GET /api/port-conflicts": served(["GET /api/v1/port-conflicts"]),
  "GET /api/servers": served([SERVERS, SERVICES], { atRoot: false, note: "`metadata` holds the notes." }),
  "GET /api/servers/{id}": served([SERVER, SERVICES], { atRoot: false }),
  "POST /api/servers/register": served(["POST /api/v1/servers/register"], {
    note: "A join token as bearer. The answer has also the `token` that heartbeats must carry. `services` and `metadata` are not kept.",
  }),
  "POST /api/servers/{id}/heartbeat": served(["POST /api/v1/servers/{id}/heartbeat"], {
    note: "With the token of registering. An unknown server is answered as a wrong token: 401.",
  }),
  "POST /api/servers/{id}/command": served([ONE_ACTION, SERVICES, SERVER], {
    note: "Does what it says: `implemented` is true.",
  }),
  "GET /api/metrics/summary": served(["GET /api/v1/metrics/summary"], { note: "The disk is each server's fullest." }),
  "GET /api/metrics/{id}": served([SERVER, "GET /api/v1/servers/{id}/series", QUERY], {
    rate: "query",
    note: "The last 200 intervals.",
  }),
  "POST /api/service/add": served(["PUT /api/v1/servers/{id}/definitions/{driver}/{name}"], {
    note: "`start_cmd` is a program by its absolute path and plain arguments; nothing of a shell. On the server `server_id`, else on the hub's own machine.",
  }),
  "DELETE /api/service/{name}": served(["DELETE /api/v1/servers/{id}/definitions/{driver}/{name}", SERVICES], {
    note: BY_NAME_NOTE,
  }),
  "POST /api/service/{name}/start": served(BY_NAME, { note: BY_NAME_NOTE }),
  "POST /api/service/{name}/stop": served(BY_NAME),
  "POST /api/service/{name}/restart": served(BY_NAME),
  "POST /api/bulk/stop/{kind}": served(["POST /api/v1/actions", "GET /api/v1/actions/{id}"], {
    note: "On all servers. More than one service needs `actions.dangerous`. `count` is how many stopped.",
  }),
  "GET /api/tasks": served(["GET /api/v1/tasks", SERVICES], {
    note: "Tasks that start, stop or restart one service by a cron expression; our others are not shown. They run: `next_run` and `last_result` are there besides.",
  }),
  "POST /api/tasks": served(["POST /api/v1/tasks", "GET /api/v1/tasks", SERVICES], {
    note: `By UTC. The right to what it does is needed besides. ${BY_NAME_NOTE}`,
  }),
  "PUT /api/tasks/{name}": served(["PUT /api/v1/tasks/{id}", "GET /api/v1/tasks", SERVICES], {
    note: "What is left out stays.",
  }),
  "DELETE /api/tasks/{name}": served(["DELETE /api/v1/tasks/{id}", "GET /api/v1/tasks"]),
  "WS /ws": served([SERVICES, SERVERS], {
    // What the hub's own machine uses is more than a server's row tells.
    permissions: ["services.read", "servers.read", "metrics.read"],
    note: "`status_update` every five seconds and within a second of a change; `system_stats` where the hub's own machine is a server. `service_added` and the like are not sent.",
  }),
};
const S2_MISSING = {
  ...missing("The hub's settings are in its configuration file.", ["GET /api/settings", "POST /api/settings"]),
  ...missing("The hub does not scan ports.", ["POST /api/service/{name}/scan-ports"]),
};

const PANELS = ["GET /api/v1/probes", "GET /api/v1/probes/{id}"] as const;

export const S3 = {
  "POST /api/login": served(["POST /api/v1/login"], {
    ...LOGIN,
    note: "Sets our session cookie. The answer has also `csrf_token`, which requests that change something must carry as `x-muster-csrf`, with an `Origin` of this hub.",
  }),
  "POST /api/logout": served(["POST /api/v1/logout"]),
  "GET /api/status": served([SERVICES], { note: "Services of all servers." }),
  "GET /api/services": served([SERVICES], { note: BY_NAME_NOTE }),
  "POST /api/services/{name}/start": served(BY_NAME),
  "POST /api/services/{name}/stop": served(BY_NAME),
  "POST /api/services/{name}/restart": served(BY_NAME),
  "GET /api/metrics/history": served([SERVICES, QUERY], {
    rate: "query",
    note: "A point a minute for an hour, at most about 300. `memory_percent` is null.",
  }),
  "GET /api/users/stats": served(["GET /api/v1/probes", QUERY], {
    rate: "query",
    note: "From SQL metrics: columns `total_users`, `active_subscriptions`, `trial_users`, `new_today` and `total_configs`, of the first probe by name that has them, without labels. Null where no probe tells it now; 501 where none is set up.",
  }),
  "GET /api/marzban/instances": served(PANELS, {
    note: "Every VPN panel that a probe looks at, of all four products. `status` is the probe's health, `active_users` are those online now; `priority` and a node's `users_count` are null. Where a panel tells the traffic of a node in one number, `traffic_up` and `traffic_down` are null.",
  }),
  "GET /api/marzban/instances/{id}": served(PANELS, { note: "`{id}` is the probe's id or its name." }),
  "WS /ws/logs/{service}": served(["GET /api/v1/services/{id}/logs", SERVICES], {
    permissions: ["logs.read", "services.read"],
    note: "The last 20 lines, at most every two seconds, when they have changed.",
  }),
};
const BACKEND = [SERVERS, LINK] as const;
const LATEST = [SERVER, QUERY] as const;

export const S4 = {
  "GET /healthz": served([], {
    ...STRANGER,
    atRoot: false,
    note: "At the root it is our own, in plain text.",
  }),
  "GET /version": served([STATUS]),
  "GET /auth/status": served(["GET /api/v1/setup"]),
  "POST /auth/login": served(["POST /api/v1/login"], { ...LOGIN, note: SIGN_IN_NOTE }),
  "GET /auth/me": served(["GET /api/v1/me"], { note: "An operator is a `viewer` there: it knows two roles." }),
  "GET /auth/users": served(["GET /api/v1/users"]),
  "POST /auth/users": served(["POST /api/v1/users"]),
  "DELETE /auth/users/{id}": served(["DELETE /api/v1/users/{id}"]),
  "GET /backends/": served(BACKEND, { note: "`api_token` is null: secrets never come back. Ids are text." }),
  "POST /backends/": served(["POST /api/v1/servers"], { note: "Pulled, as a monitor of that suite." }),
  "GET /backends/with-latest": served([...BACKEND, QUERY], { rate: "query" }),
  "GET /backends/{id}": served([SERVER, LINK]),
  "PUT /backends/{id}": served(["PATCH /api/v1/servers/{id}", "PUT /api/v1/servers/{id}/link", SERVER], {
    note: "`display_order` and `selected_metrics` are not kept.",
  }),
  "DELETE /backends/{id}": served(["DELETE /api/v1/servers/{id}"]),
  "POST /backends/{id}/refresh": served([REFRESH, ...LATEST]),
  "POST /backends/{id}/reboot": served([ONE_ACTION], {
    note: "Answers when the outcome is known: 202 when the reboot was seen, 403 when the server's policy refuses it, 502 otherwise.",
  }),
  "GET /backends/{id}/mounts": served([SERVER, "GET /api/v1/servers/{id}/series"]),
  "POST /metrics/{id}": served(["POST /api/v1/servers/{id}/heartbeat"], {
    note: "With the server's own token as bearer. Memory, load, the disk at `/`, uptime and the CPU's temperature are kept; lists are not.",
  }),
  "GET /metrics/{id}/latest": served(LATEST, { rate: "query", note: "The snapshot's `id` is its time." }),
  "GET /dashboard/": served([SERVERS, LINK, QUERY], { rate: "query" }),
  "GET /dashboard/{id}/series": served(LATEST, { rate: "query", note: "Network in bit/s." }),
  "POST /system/reboot": served([ONE_ACTION], {
    note: "The hub's own machine, known by its host name; 404 where it is no server of this hub. Answers as the other.",
  }),
  "GET /system/db-size": served(["GET /api/v1/system/storage"]),
  "GET /system/retention": served(["GET /api/v1/system/retention"], { note: "Days of samples." }),
  "PUT /system/retention": served(["PUT /api/v1/system/retention", "GET /api/v1/system/retention"], {
    note: "Days of samples, 1 to 90; coarser history is kept at least as long.",
  }),
  "GET /telegram/settings": served([NOTIFIERS, RULES], { note: TELEGRAM_NOTE }),
  "PUT /telegram/settings": served(
    ["PATCH /api/v1/notifiers/{id}", "POST /api/v1/notifiers", NOTIFIERS, "PUT /api/v1/rules/{id}", RULES],
    {
      note: "Makes the notifier where there is none. Another chat needs the token again. A threshold is the first level of the rule `memory`, `disk` or `temperature`; others are refused. Who may command the bot is bound by a code, not listed.",
    },
  ),
  "POST /telegram/send/stats": served([MESSAGES, NOTIFIERS, SERVERS, QUERY], { note: SENT_NOTE }),
  "POST /telegram/send/warn": served([MESSAGES, NOTIFIERS, INCIDENTS], { note: SENT_NOTE }),
};
const S4_MISSING = {
  ...missing("The first administrator is made with the one-time link that the hub prints at its start.", [
    "POST /auth/bootstrap",
  ]),
  ...missing("Tiles are chosen in the web app.", [
    "GET /dashboard/quick-status",
    "GET /system/quick-status",
    "GET /system/quick-status/{id}",
    "PUT /system/quick-status/{id}",
  ]),
  ...missing("How long a session lives is a setting of the configuration file.", [
    "GET /system/auth-session",
    "PUT /system/auth-session",
  ]),
  ...missing(
    "Telegram calls `POST /api/v1/telegram/{id}` with a secret that the hub gives it (the notifier's setting `webhook`); what comes without one is from nobody.",
    ["POST /telegram/webhook"],
  ),
};

const STATS = [SERVERS, SERVICES, QUERY] as const;
const INT_IDS = "Servers have an integer id under `/compat/s5`, and text at the root.";

const AGENT = ["POST /api/v1/servers/{id}/agent", "GET /api/v1/deployments/{id}", SERVER] as const;

export const S5 = {
  "GET /api/health": served([STATUS]),
  "GET /api/ready": served([STATUS], { note: "503 while the hub starts, stops or cannot store." }),
  "GET /api/metrics": served([STATUS], { note: "Prometheus' text where `Accept` asks for text, else JSON." }),
  "GET /api/admin/health": served([STATUS]),
  "GET /api/setup/status": served(["GET /api/v1/setup"]),
  "POST /api/auth/login": served(["POST /api/v1/login"], { ...LOGIN, note: SIGN_IN_NOTE }),
  "POST /api/auth/logout": served(["POST /api/v1/logout"], {
    note: "Ends the token that signing in made, or the session; a token that was made in the panel stays.",
  }),
  "GET /api/auth/verify": served(["GET /api/v1/me"]),
  "GET /api/servers": served([SERVERS, LINK], { atRoot: false, note: INT_IDS }),
  "POST /api/servers": served(["POST /api/v1/servers", "GET /api/v1/ssh-keys"], {
    note: "Reached by SSH: with `ssh_password`, else with the hub's key that `ssh_key_path` names by its file name, or its only one.",
  }),
  "GET /api/servers/{id}": served([SERVER, LINK], { atRoot: false, note: "Never with a password." }),
  "PUT /api/servers/{id}": served(["PATCH /api/v1/servers/{id}", "PUT /api/v1/servers/{id}/link", SERVER]),
  "DELETE /api/servers/{id}": served(["DELETE /api/v1/servers/{id}"]),
  "POST /api/servers/test": served(["POST /api/v1/link-tests", "GET /api/v1/ssh-keys"]),
  "GET /api/remote/stats/all": served(STATS, { rate: "query", note: "Without processes." }),
  "GET /api/remote/stats/{id}": served([SERVER, SERVICES, QUERY, "GET /api/v1/servers/{id}/processes"], {
    rate: "query",
    note: "What is not known is null. `cpu.usage` is all use, not the user's alone; `iops` are reads and writes a second.",
  }),
  "POST /api/remote/action/{id}": served([ONE_ACTION, "GET /api/v1/servers/{id}/processes", SERVICES], {
    note: "`kill_process` needs `actions.dangerous`, as does a container's `kill`.",
  }),
  "POST /api/remote/agent/deploy/{id}": served(AGENT, {
    note: "Our own agent, whole: uploaded, installed, joined and started; upgraded where one is. Paths and ports of the body are left aside.",
  }),
  "POST /api/remote/agent/install/{id}": served(AGENT, {
    note: "The same as `deploy`; done already where an agent is.",
  }),
  "POST /api/remote/agent/start/{id}": served(AGENT, { note: "Deploys it first where none is." }),
  "POST /api/remote/agent/uninstall/{id}": served(AGENT, { note: "The server is read by SSH again." }),
  "POST /api/remote/agent/info/{id}": served([SERVER], { note: "Its version; 404 where none is." }),
  "GET /api/stats/overview": served([STATUS, INCIDENTS], {
    note: "`unread_alerts`: open incidents that nobody has acknowledged.",
  }),
  "GET /api/alerts": served([INCIDENTS], {
    note: "The newest 500 incidents; `is_read`: acknowledged or over. `server_id` is that of the first server.",
  }),
  "GET /api/ssh/pubkey": served(["GET /api/v1/ssh-keys"], { note: "The hub's oldest key." }),
  "GET /api/activity/recent": served(["GET /api/v1/audit"]),
  "GET /api/audit-logs": served(["GET /api/v1/audit"], { note: "The newest `limit` rows." }),
  "GET /api/users": served(["GET /api/v1/users"], { note: "Ids of users are text." }),
  "POST /api/users": served(["POST /api/v1/users"]),
  "GET /api/users/{id}": served(["GET /api/v1/users"]),
  "PUT /api/users/{id}": served(["PATCH /api/v1/users/{id}"]),
  "DELETE /api/users/{id}": served(["DELETE /api/v1/users/{id}"]),
  "GET /api/ssh-keys": served(["GET /api/v1/ssh-keys"]),
  "POST /api/ssh-keys": served(["POST /api/v1/ssh-keys"]),
  "DELETE /api/ssh-keys/{id}": served(["DELETE /api/v1/ssh-keys/{id}"]),
};

const crud = (path: string): readonly string[] => [
  `GET ${path}`,
  `POST ${path}`,
  `PUT ${path}/{id}`,
  `DELETE ${path}/{id}`,
];
const both = (path: string): readonly string[] => [`GET ${path}`, `POST ${path}`];

const S5_MISSING = {
  ...missing("The first administrator is made with the one-time link that the hub prints at its start.", [
    "POST /api/setup/initialize",
  ]),
  ...missing("The hub runs no free commands; a policy's named commands are run at POST /api/v1/actions.", [
    "POST /api/servers/{id}/tasks",
    "GET /api/tasks/{id}",
    "POST /api/tasks/{id}/cancel",
  ]),
  ...missing(
    "The hub runs no free commands; a policy's named commands are listed at GET /api/v1/actions.",
    ["GET /api/tasks"],
    {
      atRoot: false,
    },
  ),
  ...missing("Our agent opens no port: it connects to the hub.", [
    "POST /api/remote/check-port/{id}",
    "POST /api/remote/suggest-port/{id}",
  ]),
  ...missing("Whom the hub tells, and how, is set up as notifiers: /api/v1/notifiers.", [
    "POST /api/email/send-alert",
    ...crud("/api/webhooks"),
    "GET /api/webhooks/{id}",
    "POST /api/webhooks/{id}/test",
    "GET /api/webhooks/{id}/deliveries",
    "GET /api/notifications/channels",
    "POST /api/notifications/test",
    ...both("/api/email/config"),
    ...both("/api/telegram/config"),
    ...both("/api/slack/config"),
    "POST /api/email/test",
  ]),
  ...missing("A server has one text of notes: PUT /api/servers/{id} with `description`.", [
    ...both("/api/servers/{id}/notes"),
    "PUT /api/servers/{id}/notes/{n}",
    "DELETE /api/servers/{id}/notes/{n}",
  ]),
  ...missing("What a server says of itself is in GET /api/v1/servers/{id}; the hub keeps no inventory yet.", [
    "GET /api/servers/{id}/inventory/latest",
    "POST /api/servers/{id}/inventory/refresh",
  ]),
  ...missing("There are three roles, which are fixed: viewer, operator, admin.", ["GET /api/roles"]),
  ...missing("Servers are grouped by their tags.", crud("/api/groups")),
  ...missing("The hub's settings are in its configuration file.", both("/api/settings"), { atRoot: false }),
  ...missing("The hub's settings are in its configuration file.", [
    ...both("/api/settings/{key}"),
    ...both("/api/domain/settings"),
  ]),
  ...missing("The hub keeps no snippets of commands.", crud("/api/snippets")),
  ...missing("A key is tried with a server: POST /api/servers/test.", ["POST /api/ssh-keys/{id}/test"]),
  ...missing("The hub opens no terminals yet.", [
    "GET /api/terminal/sessions",
    "POST /api/terminal/sessions/{id}/stop",
  ]),
  ...missing("What is stored is told at GET /api/v1/system/storage; copies are made on the hub, not through its API.", [
    "GET /api/database/health",
    "GET /api/database/storage",
    "GET /api/database/backups",
    "POST /api/database/backup",
    "POST /api/database/restore",
  ]),
  ...missing("History is exported at GET /api/v1/metrics/export; lists are at GET /api/v1/servers and /api/v1/audit.", [
    ...["servers", "alerts", "audit"].flatMap((list) => [
      `GET /api/export/${list}/csv`,
      `GET /api/export/${list}/json`,
    ]),
    "GET /api/export/history/{id}",
  ]),
  ...missing("Our own description is at GET /api/v1/openapi.json.", ["GET /api/openapi.yaml"]),
};

/** By whose words, what is served, and what is not. */
export const SERVED: Readonly<Record<Tongue, Readonly<Record<string, ServedDoor>>>> = {
  root: ROOT,
  s1: S1,
  s2: S2,
  s3: S3,
  s4: S4,
  s5: S5,
};
export const MISSING: Readonly<Record<Dialect, Readonly<Record<string, MissingDoor>>>> = {
  s1: {},
  s2: S2_MISSING,
  s3: {},
  s4: S4_MISSING,
  s5: S5_MISSING,
};

/** One path at which this hub answers. */
export interface CompatPath {
  readonly tongue: Tongue;
  /** As the table names it. */
  readonly name: string;
  readonly method: string;
  /** With the prefix of its dialect, or without. */
  readonly path: string;
  readonly place: "root" | "dialect";
  /** Undefined: it is known, and there is nothing behind it. */
  readonly door: ServedDoor | undefined;
  /** Why there is nothing behind it; empty otherwise. */
  readonly why: string;
}

function pathsOf(
  tongue: Tongue,
  name: string,
  atRoot: boolean,
  door: ServedDoor | undefined,
  why: string,
): CompatPath[] {
  const [method = "", path = ""] = name.split(" ");
  const places =
    tongue === "root" ? (["root"] as const) : atRoot ? (["root", "dialect"] as const) : (["dialect"] as const);
  return places.map((place) => ({
    ...{ tongue, name, method, place, door, why },
    path: place === "root" ? path : `/compat/${tongue}${path}`,
  }));
}

/** Every address of the table, at the root and under its prefix. */
export const COMPAT_PATHS: readonly CompatPath[] = [
  ...Object.entries(SERVED).flatMap(([tongue, doors]) =>
    Object.entries(doors).flatMap(([name, door]) => pathsOf(tongue as Tongue, name, door.atRoot, door, "")),
  ),
  ...DIALECTS.flatMap((dialect) =>
    Object.entries(MISSING[dialect]).flatMap(([name, { atRoot, why }]) =>
      pathsOf(dialect, name, atRoot, undefined, why),
    ),
  ),
];
