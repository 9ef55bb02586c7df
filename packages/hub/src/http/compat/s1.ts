import type { Clock } from "@muster/core";
import type { Server, Service } from "@muster/protocol";
import { addressOf, lastSeenAt } from "./addresses.ts";
import { idParam, ok, reply } from "./compat-handler.ts";
import type { CompatHandlers, CompatReply, CompatRequest, RouteCall } from "./compat-handler.ts";
import type { S1 } from "./compat-table.ts";
import { act, effect } from "./effects.ts";
import { newestValues, seriesOf } from "./newest-values.ts";
import type { NewestValue } from "./newest-values.ts";
import { serverIdOf, serverOf } from "./server-ids.ts";
import type { TongueDeps } from "./tongue-deps.ts";
import { naiveLocal, wholePercent } from "./units.ts";

/** The IPTV panel: boxes with a state that is polled, and channels by their number. */
export function s1Handlers({ fleet, clock, version, serversFile }: TongueDeps): CompatHandlers<typeof S1> {
  const box = async (request: CompatRequest): Promise<S1Box> => {
    const server = await serverOf(request, fleet);
    const [one] = await boxesOf(request.call, [server], { clock, cores: "all" });
    return one!;
  };
  const onChannel =
    (verb: "start" | "stop" | "restart") =>
    async (request: CompatRequest): Promise<CompatReply> => {
      const number = Number(request.params["n"]);
      const { isDone, message } = await effect(`Channel ${number} ${PAST[verb]}`, async () => {
        const server = await serverOf(request, fleet);
        return act(request.call, server.id, `service.${verb}`, { driver: "channel", name: request.params["n"] ?? "" });
      });
      if (!isDone) return reply(500, { detail: message });
      return ok({ success: true, message, channel_id: number, server_id: idParam(request) });
    };

  return {
    "GET /health": async ({ call }) => {
      const { servers } = await call("GET /api/v1/status");
      return ok({ status: "ok", version, servers_count: servers.total, poll_interval: null });
    },
    "GET /api/servers": async ({ call }) => {
      const { items } = await call("GET /api/v1/servers");
      return ok(await boxesOf(call, items, { clock, cores: "pulled" }));
    },
    "GET /api/servers/{id}": async (request) => ok(await box(request)),
    "GET /api/servers/{id}/status": async (request) => {
      const server = await serverOf(request, fleet);
      const { items } = await request.call("GET /api/v1/services", {
        query: { server: server.id, driver: "channel" },
      });
      const cores = await coresOf(request.call, [server.id], clock);
      const own = cores.get(server.id) ?? [];
      return ok({
        id: server.id,
        cpu: own.length > 0 ? own : wholePercent(server.summary.cpuBusyRatio),
        channels: channelsOf(items).map(({ id, name, status }) => ({ id, name, status })),
      });
    },
    "POST /api/servers/{id}/refresh": async (request) => {
      const id = serverIdOf(idParam(request), fleet);
      const server = await request.call("POST /api/v1/servers/{id}/refresh", { params: { id } });
      const [one] = await boxesOf(request.call, [server], { clock, cores: "all" });
      return ok(one);
    },
    "POST /api/servers/reload": async ({ call }) => {
      const { namedCount, addedCount, problems } = await serversFile.addNew(({ name, tags, notes, link }) =>
        call("POST /api/v1/servers", { body: { name, tags: [...tags], notes, link } }),
      );
      const left = problems.map(({ where, problem }) => ` ${where}: ${problem}.`).join("");
      return ok({ message: `Servers read anew: ${addedCount} of ${namedCount} added.${left}`, count: namedCount });
    },
    "POST /api/servers/{id}/channels/{n}/start": onChannel("start"),
    "POST /api/servers/{id}/channels/{n}/stop": onChannel("stop"),
    "POST /api/servers/{id}/channels/{n}/restart": onChannel("restart"),
  };
}

const PAST = { start: "started", stop: "stopped", restart: "restarted" } as const;

/** A server as that panel shows it. */
export interface S1Box {
  readonly config: object;
  readonly state: object;
}

/** Servers with their channels and, of those that are wanted, their cores. */
export async function boxesOf(
  call: RouteCall,
  servers: readonly Server[],
  { clock, cores }: { readonly clock: Clock; readonly cores: "all" | "pulled" | "none" },
): Promise<readonly S1Box[]> {
  const [only] = servers;
  const { items } = await call("GET /api/v1/services", {
    query: { driver: "channel", ...(servers.length === 1 && only && { server: only.id }) },
  });
  const channels = Map.groupBy(items, ({ serverId }) => serverId);
  const read = servers.filter(({ link }) => cores === "all" || (cores === "pulled" && link === "pull"));
  const coresById = await coresOf(
    call,
    read.map(({ id }) => id),
    clock,
  );
  return Promise.all(
    servers.map(async (server) => {
      const { host, port } = await addressOf(call, server);
      return {
        config: {
          id: server.id,
          name: server.name,
          host,
          port,
          description: server.notes === "" ? null : server.notes,
        },
        state: {
          server_id: server.id,
          status: STATUS[server.presence.is],
          cpu_cores: coresById.get(server.id) ?? [],
          cpu_avg: wholePercent(server.summary.cpuBusyRatio),
          channels: channelsOf(channels.get(server.id) ?? []),
          last_poll_time: naiveLocal(lastSeenAt(server)),
          error_message: server.linkState?.detail || null,
        },
      };
    }),
  );
}

const STATUS = { online: "online", stale: "error", offline: "offline", pending: "offline" } as const;

/** Streaming servers call theirs by names, which that panel has no place for. */
const channelsOf = (services: readonly Service[]) =>
  services
    .filter(({ name }) => /^\d{1,4}$/.test(name))
    .map(channelOf)
    .toSorted((one, other) => one.id - other.id);

const channelOf = ({ name, description, state, rawState }: Service) => ({
  id: Number(name),
  name: description || `Channel ${name}`,
  // That panel knows three states; it shows the box's own words beside them.
  state: state === "running" || state === "stopping" ? state : state === "stopped" ? "idle" : "unknown",
  status: rawState,
});

async function coresOf(
  call: RouteCall,
  serverIds: readonly string[],
  clock: Clock,
): Promise<ReadonlyMap<string, readonly (number | null)[]>> {
  const values = await newestValues(call, serverIds, ["cpu_core_busy_ratio"], { now: clock.now() });
  const number = ({ labels }: NewestValue): number => Number(labels["core"]);
  return new Map(
    [...values].map(([id, all]) => [
      id,
      seriesOf(all, "cpu_core_busy_ratio")
        .toSorted((one, other) => number(one) - number(other))
        .map(({ value }) => wholePercent(value)),
    ]),
  );
}
