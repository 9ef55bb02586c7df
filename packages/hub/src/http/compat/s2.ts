import { MINUTE_MS, MusterError } from "@muster/core";
import { z } from "zod";
import { bodyOf, idParam, ok, reply } from "./compat-handler.ts";
import type { CompatHandlers, CompatReply, CompatRequest, RouteCall } from "./compat-handler.ts";
import type { S2 } from "./compat-table.ts";
import { actOn, effect } from "./effects.ts";
import type { Effect } from "./effects.ts";
import { handlesOf, serviceNamed, serviceOnServer } from "./named-services.ts";
import { ownMachine } from "./own-machine.ts";
import { machineStats } from "./own-stats.ts";
import { s2Definitions } from "./s2-definitions.ts";
import { s2History } from "./s2-history.ts";
import { s2Servers } from "./s2-server.ts";
import { serverIdOf, serverOf } from "./server-ids.ts";
import { s2Tasks } from "./s2-tasks.ts";
import { s2Status } from "./service-shapes.ts";
import type { TongueDeps } from "./tongue-deps.ts";
import { naiveUtc, percent } from "./units.ts";

const text = z.string();
const registration = z.object({
  name: text,
  host: text.optional(),
  ip: text.optional(),
  tags: z.array(text).optional(),
});
const heartbeat = z.object({ metrics: z.record(text, z.unknown()) });
const command = z.object({
  action: z.enum(["start", "stop", "restart"]),
  service_name: text.min(1).max(256).nullish(),
});
const addition = z.object({
  name: text.min(1).max(64),
  kind: text.max(32).nullish(),
  start_cmd: text.min(1).max(4_096),
  working_dir: text.max(4_096).nullish(),
  ports: z.array(z.int()).nullish(),
  api_url: text.max(2_000).nullish(),
  tailscale_url: text.max(2_000).nullish(),
  description: text.max(500).nullish(),
  server_id: text.max(64).nullish(),
});

/** The service manager: services by name, servers that enroll and send heartbeats. */
export function s2Handlers(deps: TongueDeps): CompatHandlers<typeof S2> {
  const { fleet, clock, version } = deps;
  const byName =
    (verb: "start" | "stop" | "restart") =>
    async ({ call, params }: CompatRequest): Promise<CompatReply> => {
      const name = params["name"] ?? "";
      const work = async () => actOn(call, `service.${verb}`, await serviceNamed(call, name));
      return ok(shapeOf(await effect(`${name}: ${verb} done`, work)));
    };

  return {
    "GET /health": async ({ call }) => {
      await call("GET /api/v1/status");
      const services_count = fleet.ids().reduce((sum, id) => sum + fleet.serviceCounts.of(id).total, 0);
      return ok({ status: "healthy", version, services_count });
    },
    "GET /api/services": async ({ call }) => ok(await s2Definitions(call)),
    "GET /api/status": async ({ call }) => {
      const { items } = await call("GET /api/v1/services");
      const handles = handlesOf(items);
      return ok(items.map((service) => s2Status(service, handles.get(service)!, clock)));
    },
    "GET /api/stats": async ({ call }) => {
      const id = ownMachine(deps);
      await call("GET /api/v1/servers/{id}", { params: { id } });
      return ok(machineStats(fleet, id));
    },
    "GET /api/port-conflicts": async ({ call }) => {
      const { items } = await call("GET /api/v1/port-conflicts");
      const conflicts: Record<string, string[]> = {};
      for (const { port, server, services } of items)
        (conflicts[port] ??= []).push(...services.map(({ name }) => `${server}~${name}`));
      return ok({ has_conflicts: items.length > 0, conflicts });
    },
    "GET /api/servers": async ({ call }) => ok(await s2Servers(call, (await call("GET /api/v1/servers")).items)),
    "GET /api/servers/{id}": async (request) => {
      const server = await serverOf(request, fleet);
      return ok((await s2Servers(request.call, [server]))[0]);
    },
    "POST /api/servers/register": async (request) => {
      const { name, host, ip, tags } = bodyOf(request, registration);
      const body = { name, ...(host && { host }), ...(ip && { ip }), ...(tags && { tags }) };
      const { id, token, state } = await request.call("POST /api/v1/servers/register", { body });
      const message = state === "active" ? "Server enrolled" : "Server enrolled; an administrator has to accept it";
      return ok({ success: true, server_id: id, message, token });
    },
    "POST /api/servers/{id}/heartbeat": async (request) => {
      const { metrics } = bodyOf(request, heartbeat);
      const params = { id: serverIdOf(idParam(request), fleet) };
      const { refused } = await request.call("POST /api/v1/servers/{id}/heartbeat", { params, body: { metrics } });
      const names = Object.keys(refused);
      const message = names.length === 0 ? "Heartbeat recorded" : `Heartbeat recorded without ${names.join(", ")}`;
      return ok({ success: true, message });
    },
    "POST /api/servers/{id}/command": async (request) => {
      const { action, service_name = null } = bodyOf(request, command);
      const done = await effect(`${service_name}: ${action} done`, async () => {
        const { id } = await serverOf(request, fleet);
        if (service_name === null) throw new MusterError("NOT_FOUND", { message: "service_name says which service." });
        const service = await serviceOnServer(request.call, id, service_name);
        return actOn(request.call, `service.${action}`, service);
      });
      return ok({ ...shapeOf(done), implemented: true, requested_action: action, service_name });
    },
    "GET /api/metrics/summary": async ({ call }) => {
      const { items } = await call("GET /api/v1/metrics/summary");
      const summaries = items.map(({ summary }) => summary);
      const newestAt = Math.max(0, ...summaries.map(({ at }) => at ?? 0));
      return ok({
        servers_count: items.length,
        cpu_avg: meanPercent(summaries.map(({ cpuBusyRatio }) => cpuBusyRatio)),
        memory_avg: meanPercent(summaries.map(({ memoryUsedRatio }) => memoryUsedRatio)),
        disk_avg: meanPercent(summaries.map(({ worstDisk }) => worstDisk?.usedRatio ?? null)),
        last_updated: newestAt === 0 ? null : naiveUtc(newestAt),
      });
    },
    "GET /api/metrics/{id}": async (request) => {
      const id = serverIdOf(idParam(request), fleet);
      return ok({ server_id: idParam(request), history: await s2History(request.call, id, clock.now()) });
    },
    "POST /api/service/add": (request) => addService(deps, request),
    "DELETE /api/service/{name}": async ({ call, params }) => {
      const handle = params["name"] ?? "";
      const done = await effect(`${handle} removed`, async () => {
        const { serverId, driver, name, defined } = await serviceNamed(call, handle);
        if (defined === null || (driver !== "process" && driver !== "tmux"))
          throw new MusterError("CONFLICT", { message: `${handle} was not added here; it cannot be removed.` });
        return call("DELETE /api/v1/servers/{id}/definitions/{driver}/{name}", {
          params: { id: serverId, driver, name },
        });
      });
      return ok(shapeOf(done));
    },
    "POST /api/service/{name}/start": byName("start"),
    "POST /api/service/{name}/stop": byName("stop"),
    "POST /api/service/{name}/restart": byName("restart"),
    ...s2Tasks,
    "POST /api/bulk/stop/{kind}": async ({ call, params }) => ok(await stopKind(call, params["kind"] ?? "")),
  };
}

const shapeOf = ({ isDone: success, message }: Effect) => ({ success, message });

/** Of those that are known; null when none is. */
function meanPercent(ratios: readonly (number | null)[]): number | null {
  const known = ratios.filter((ratio) => ratio !== null);
  return known.length === 0 ? null : percent(known.reduce((sum, ratio) => sum + ratio, 0) / known.length);
}

/** Stops every service of a kind and waits for each. */
async function stopKind(call: RouteCall, kind: string): Promise<object> {
  let count = 0;
  const done = await effect(`all ${kind} services stopped`, async () => {
    const { items } = await call("POST /api/v1/actions", { body: { action: "service.stop", targets: { kind } } });
    const ended = await Promise.all(
      items.map(({ id }) => call("GET /api/v1/actions/{id}", { params: { id }, query: { waitMs: MINUTE_MS } })),
    );
    const others = ended.filter(({ outcome }) => outcome !== "succeeded");
    count = ended.length - others.length;
    const [first] = others;
    if (first === undefined) return { outcome: "succeeded", detail: "" };
    const why = first.detail || "no outcome yet; the action goes on";
    return { outcome: first.outcome ?? "unknown", detail: `${others.length} of ${ended.length} not stopped: ${why}` };
  });
  return { ...shapeOf(done), count };
}

/** Words that a shell would leave as they are. Without a shell anything else would be done as something other than meant. */
const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

async function addService(deps: TongueDeps, request: CompatRequest): Promise<CompatReply> {
  const wanted = bodyOf(request, addition);
  const words = wanted.start_cmd.trim().split(/[ \t]+/);
  const issues = [
    ...(words.every((word) => PLAIN_WORD.test(word))
      ? []
      : ["start_cmd must be a program and plain arguments; quotes, variables, pipes and the like need a shell"]),
    ...(words[0]?.startsWith("/") ? [] : ["start_cmd must begin with the absolute path of a program"]),
  ];
  if (issues.length > 0) return reply(400, { detail: { message: "Validation failed", issues, warnings: [] } });
  const serverId = typeof wanted.server_id === "string" ? serverIdOf(wanted.server_id, deps.fleet) : ownMachine(deps);
  const urls = [wanted.api_url, wanted.tailscale_url].filter((url) => typeof url === "string" && url !== "");
  const done = await effect(`${wanted.name} added`, () =>
    request.call("PUT /api/v1/servers/{id}/definitions/{driver}/{name}", {
      params: { id: serverId, driver: "process", name: wanted.name },
      body: {
        definition: {
          command: words,
          ...(wanted.kind && { kind: wanted.kind }),
          ...(wanted.working_dir && { directory: wanted.working_dir }),
          ...(wanted.ports && { ports: wanted.ports }),
          ...(urls.length > 0 && { urls }),
          ...(wanted.description && { description: wanted.description }),
        },
      },
    }),
  );
  return ok({ ...shapeOf(done), warnings: [] });
}
