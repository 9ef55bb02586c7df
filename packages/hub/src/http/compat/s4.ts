import { DAY_MS, HOUR_MS, isMusterError, MusterError, SECOND_MS } from "@muster/core";
import type { Role } from "@muster/core";
import type { QueryLineView, Server, User } from "@muster/protocol";
import { z } from "zod";
import { addressOf } from "./addresses.ts";
import { credentials } from "./bearer-sign-in.ts";
import { bodyOf, idParam, ok, queryOf, reply } from "./compat-handler.ts";
import type { CompatHandlers, CompatReply, CompatRequest, RouteCall } from "./compat-handler.ts";
import type { S4 } from "./compat-table.ts";
import { act, effect } from "./effects.ts";
import { pointsOf } from "./newest-values.ts";
import { ownMachine } from "./own-machine.ts";
import { s4Snapshots } from "./s4-snapshot.ts";
import { s4TelegramHandlers } from "./s4-telegram.ts";
import { serverIdOf, serverOf } from "./server-ids.ts";
import type { TongueDeps } from "./tongue-deps.ts";
import { bitsPerSecond, bytesOfGibibytes, instantOf, percent, zonedTime } from "./units.ts";

const newUser = credentials.extend({ role: z.enum(["admin", "viewer"]).optional() });
const interval = z.int().min(30).max(600);
const newBackend = z.object({
  name: z.string(),
  base_url: z.string(),
  api_token: z.string().nullish(),
  notes: z.string().nullish(),
  poll_interval_seconds: interval.nullish(),
});
const changedBackend = newBackend.partial().extend({ is_active: z.boolean().nullish() });
const reboot = z.object({ reason: z.string().max(500).nullish() });
const retention = z.object({ retention_days: z.int().min(1).max(90) });
const seriesChoice = z.object({
  range_name: z.enum(["hourly", "daily", "weekly"]).optional(),
  offset: z.coerce.number().int().min(0).max(1_000).optional(),
});
const number = z.number().nullish();
const pushed = z.object({
  reported_at: z.string().max(64).nullish(),
  cpu_temperature_c: number,
  ram_used_percent: number,
  total_ram_gb: number,
  disk_usage_percent: number,
  cpu_load: z.object({ one: number, five: number, fifteen: number }).nullish(),
  uptime_seconds: number,
});

const SPANS_MS = { hourly: HOUR_MS, daily: DAY_MS, weekly: 7 * DAY_MS } as const;
const POINTS = 120;

/** The monitoring suite: servers that are polled, snapshots of them, people who are admin or viewer. */
export function s4Handlers(deps: TongueDeps): CompatHandlers<typeof S4> {
  const { fleet, clock, version, signIn } = deps;
  const idOf = (request: CompatRequest): string => serverIdOf(idParam(request), fleet);
  const withLatest = async (call: RouteCall): Promise<readonly object[]> => {
    const { items } = await call("GET /api/v1/servers");
    const snapshots = await s4Snapshots(call, items, clock.now());
    return Promise.all(
      items.map(async (server, order) => ({
        ...(await backendOf(call, server, order)),
        latest_snapshot: snapshots.get(server.id) ?? null,
      })),
    );
  };
  const latest = async ({ call }: CompatRequest, server: Server): Promise<object> => {
    const snapshot = (await s4Snapshots(call, [server], clock.now())).get(server.id);
    if (!snapshot) throw new MusterError("NOT_FOUND", { message: "This server has not been read yet." });
    return { snapshot };
  };
  const rebootOf = async (request: CompatRequest, serverId: string): Promise<CompatReply> => {
    const { reason } = bodyOf(request, reboot);
    // Of a server that there is not, 404; what fails after that is a failure of the reboot.
    if (fleet.get(serverId) === undefined) throw new MusterError("NOT_FOUND");
    const requested_at = zonedTime(clock.now());
    const { isDone, message, isRefused } = await effect("", () =>
      act(request.call, serverId, "server.reboot", {}, reason ?? undefined),
    );
    if (isDone) return reply(202, { status: "rebooting", requested_at });
    return reply(isRefused ? 403 : 502, { detail: message });
  };

  return {
    ...s4TelegramHandlers(),
    "GET /healthz": async () => ok({ status: "ok" }),
    "GET /version": async ({ call }) => {
      await call("GET /api/v1/status");
      return ok({ version });
    },
    "GET /auth/status": async ({ call }) => ok({ needs_bootstrap: (await call("GET /api/v1/setup")).needed }),
    "POST /auth/login": async (request) => {
      try {
        const { token, user } = await signIn.signIn(request.call, "s4", bodyOf(request, credentials));
        const { name: username, id: user_id } = user;
        return ok({ access_token: token, token_type: "bearer", username, role: roleOf(user.role), user_id });
      } catch (error) {
        if (!isMusterError(error, "WRONG_CREDENTIALS")) throw error;
        return reply(400, { detail: error.message });
      }
    },
    "GET /auth/me": async ({ call }) => {
      const { user } = await call("GET /api/v1/me");
      return ok({ id: user.id, user_id: user.id, username: user.name, role: roleOf(user.role) });
    },
    "GET /auth/users": async ({ call }) => ok((await call("GET /api/v1/users")).items.map(userOf)),
    "POST /auth/users": async (request) => {
      const { username: name, password, role = "viewer" } = bodyOf(request, newUser);
      return reply(201, userOf(await request.call("POST /api/v1/users", { body: { name, password, role } })));
    },
    "DELETE /auth/users/{id}": async ({ call, params }) => {
      await call("DELETE /api/v1/users/{id}", { params: { id: params["id"] ?? "" } });
      return reply(204, undefined);
    },
    "GET /backends/": async ({ call }) => {
      const { items } = await call("GET /api/v1/servers");
      return ok(await Promise.all(items.map((server, order) => backendOf(call, server, order))));
    },
    "POST /backends/": async (request) => {
      const { name, base_url: url, api_token, notes, poll_interval_seconds } = bodyOf(request, newBackend);
      const { server } = await request.call("POST /api/v1/servers", {
        body: {
          name,
          link: { kind: "pull", adapter: "virgilio", url },
          ...(api_token && { secret: api_token }),
          ...(notes && { notes }),
          ...(poll_interval_seconds && { intervalMs: poll_interval_seconds * SECOND_MS }),
        },
      });
      // Whoever may add servers may not be one who reads how they are reached.
      return reply(201, shownBackend(server, url, 0));
    },
    "GET /backends/with-latest": async ({ call }) => ok(await withLatest(call)),
    "GET /backends/{id}": async (request) => ok(await backendOf(request.call, await serverOf(request, fleet), 0)),
    "PUT /backends/{id}": async (request) => {
      const wanted = bodyOf(request, changedBackend);
      const { id, link } = await serverOf(request, fleet);
      const { name, notes, base_url: url, api_token, poll_interval_seconds, is_active } = wanted;
      if (url !== undefined || typeof api_token === "string") await changeLink(request.call, id, link, url, api_token);
      const server = await request.call("PATCH /api/v1/servers/{id}", {
        params: { id },
        body: {
          ...(name !== undefined && { name }),
          ...(typeof notes === "string" && { notes }),
          ...(poll_interval_seconds && { intervalMs: poll_interval_seconds * SECOND_MS }),
          ...(typeof is_active === "boolean" && { state: is_active ? "active" : "revoked" }),
        },
      });
      return ok(await backendOf(request.call, server, 0));
    },
    "DELETE /backends/{id}": async (request) => {
      await request.call("DELETE /api/v1/servers/{id}", { params: { id: idOf(request) } });
      return reply(204, undefined);
    },
    "POST /backends/{id}/refresh": async (request) => {
      const server = await request.call("POST /api/v1/servers/{id}/refresh", { params: { id: idOf(request) } });
      return ok(await latest(request, server));
    },
    "POST /backends/{id}/reboot": (request) => rebootOf(request, idOf(request)),
    "GET /backends/{id}/mounts": async (request) => {
      const { id } = await serverOf(request, fleet);
      const { items } = await request.call("GET /api/v1/servers/{id}/series", { params: { id } });
      const mounts = items
        .filter(({ metric }) => metric === "filesystem_used_ratio")
        .map(({ labels }) => labels["mount"] ?? "");
      return ok({ mounts: [...new Set(mounts)].toSorted() });
    },
    "POST /metrics/{id}": async (request) => {
      const fields = bodyOf(request, pushed);
      const at = typeof fields.reported_at === "string" ? instantOf(fields.reported_at) : undefined;
      const id = idOf(request);
      await request.call("POST /api/v1/servers/{id}/heartbeat", {
        params: { id },
        body: { metrics: heartbeatOf(fields), ...(at !== undefined && { at }) },
      });
      const takenAt = at ?? clock.now();
      const snapshot = { ...fields, reported_at: zonedTime(takenAt), id: takenAt, backend_id: id };
      return reply(201, { snapshot });
    },
    "GET /metrics/{id}/latest": async (request) => ok(await latest(request, await serverOf(request, fleet))),
    "GET /dashboard/": async ({ call }) => ok(await withLatest(call)),
    "GET /dashboard/{id}/series": async (request) => {
      const { range_name = "hourly", offset = 0 } = queryOf(request, seriesChoice);
      const { id } = await serverOf(request, fleet);
      const until = clock.now() + SECOND_MS - offset * SPANS_MS[range_name];
      return ok(await seriesOf(request.call, id, { from: until - SPANS_MS[range_name], until }));
    },
    "POST /system/reboot": (request) => rebootOf(request, ownMachine(deps)),
    "GET /system/db-size": async ({ call }) => ok({ size_bytes: (await call("GET /api/v1/system/storage")).bytes }),
    "GET /system/retention": async ({ call }) =>
      ok({ retention_days: (await call("GET /api/v1/system/retention")).samplesDays }),
    "PUT /system/retention": async (request) => {
      const { retention_days: samplesDays } = bodyOf(request, retention);
      const before = await request.call("GET /api/v1/system/retention");
      const changed = await request.call("PUT /api/v1/system/retention", {
        body: {
          ...before,
          samplesDays,
          minutesDays: Math.max(samplesDays, before.minutesDays),
          hoursDays: Math.max(samplesDays, before.hoursDays),
        },
      });
      return ok({ retention_days: changed.samplesDays });
    },
  };
}

/** That suite knows two roles; whoever is no administrator looks. */
const roleOf = (role: Role): "admin" | "viewer" => (role === "admin" ? "admin" : "viewer");

const userOf = ({ id, name, role, enabled, createdAt }: User) => ({
  ...{ id, username: name, role: roleOf(role), is_active: enabled },
  created_at: zonedTime(createdAt),
});

const backendOf = async (call: RouteCall, server: Server, order: number) =>
  shownBackend(server, (await addressOf(call, server)).url, order);

/** A server as that suite keeps one. Its token is a secret, so it is never shown. */
const shownBackend = ({ id, name, state, intervalMs, notes }: Server, url: string | null, order: number) => ({
  ...{ id, name, base_url: url, api_token: null, is_active: state === "active", display_order: order },
  poll_interval_seconds: Math.round(intervalMs / SECOND_MS),
  notes: notes === "" ? null : notes,
  selected_metrics: [],
});

/** Throws CONFLICT for a server that is not polled. */
async function changeLink(
  call: RouteCall,
  id: string,
  kind: Server["link"],
  url: string | undefined,
  secret: string | null | undefined,
): Promise<void> {
  if (kind !== "pull")
    throw new MusterError("CONFLICT", {
      message: "This server is not polled; base_url and api_token are not its own.",
    });
  const { settings } = await call("GET /api/v1/servers/{id}/link", { params: { id } });
  if (settings.kind !== "pull") return;
  await call("PUT /api/v1/servers/{id}/link", {
    params: { id },
    body: { link: { ...settings, ...(url !== undefined && { url }) }, ...(secret && { secret }) },
  });
}

/** What a monitor pushes, under the names and in the units of heartbeats. */
function heartbeatOf(fields: z.output<typeof pushed>): Readonly<Record<string, number>> {
  const { ram_used_percent: ram, total_ram_gb, cpu_load: load } = fields;
  const totalBytes = bytesOfGibibytes(total_ram_gb);
  const named = {
    memory_percent: ram,
    memory_total_bytes: totalBytes,
    // Their percentage is of total less available, so this is what it was made from.
    memory_used_bytes: typeof ram === "number" && totalBytes !== null ? Math.round((ram / 100) * totalBytes) : null,
    disk_percent: fields.disk_usage_percent,
    load1: load?.one,
    load5: load?.five,
    load15: load?.fifteen,
    uptime_seconds: fields.uptime_seconds,
    cpu_temperature_celsius: fields.cpu_temperature_c,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => typeof value === "number")) as Record<
    string,
    number
  >;
}

async function seriesOf(
  call: RouteCall,
  id: string,
  { from, until }: { readonly from: number; readonly until: number },
): Promise<object> {
  const step = Math.ceil((until - from) / POINTS / SECOND_MS) * SECOND_MS;
  const ask = async (metrics: readonly string[]): Promise<readonly QueryLineView[]> =>
    (
      await call("GET /api/v1/metrics/query", {
        query: { server: id, metric: metrics.join(","), from, to: until, step },
      })
    ).series;
  const lines = await ask([
    ...["memory_used_ratio", "filesystem_used_ratio", "load1", "temperature_celsius"],
    ...["network_machine_receive_bytes_total", "network_machine_transmit_bytes_total"],
  ]);
  const line = (metric: string, labels: Readonly<Record<string, string>> = {}) =>
    lines.find(
      (one) => one.metric === metric && Object.entries(labels).every(([name, value]) => one.labels[name] === value),
    );
  const points = pointsOf(
    { from, stepMs: step },
    {
      memory: line("memory_used_ratio"),
      disk: line("filesystem_used_ratio", { mount: "/" }),
      load: line("load1"),
      temperature: line("temperature_celsius", { sensor: "cpu" }) ?? line("temperature_celsius"),
      received: line("network_machine_receive_bytes_total"),
      sent: line("network_machine_transmit_bytes_total"),
    },
  );
  return {
    points: points.map(({ at, values }) => ({
      timestamp: zonedTime(at),
      ram_used_percent: percent(values.memory),
      disk_usage_percent: percent(values.disk),
      cpu_load_one: values.load,
      cpu_temperature_c: values.temperature,
      network_receive_bps: bitsPerSecond(values.received),
      network_transmit_bps: bitsPerSecond(values.sent),
    })),
    window_start: zonedTime(from),
    window_end: zonedTime(until),
  };
}
