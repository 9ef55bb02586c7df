import type { Server, Service } from "@muster/protocol";
import { addressOf, lastSeenAt } from "./addresses.ts";
import type { RouteCall } from "./compat-handler.ts";
import { naiveUtc, percent } from "./units.ts";

/** Servers as the service manager (S2) keeps those that enrolled. */
export async function s2Servers(call: RouteCall, servers: readonly Server[]) {
  const [only] = servers;
  const { items } = await call("GET /api/v1/services", {
    query: servers.length === 1 && only ? { server: only.id } : {},
  });
  const services = Map.groupBy(items, ({ serverId }) => serverId);
  return Promise.all(servers.map((server) => s2Server(call, server, services.get(server.id) ?? [])));
}

async function s2Server(call: RouteCall, server: Server, services: readonly Service[]) {
  const { host } = await addressOf(call, server);
  return {
    ...{ id: server.id, name: server.name, host, ip: server.address ?? server.facts?.addresses[0] ?? "" },
    tags: server.tags,
    services: services.map(({ name }) => name),
    metadata: server.notes === "" ? {} : { notes: server.notes },
    last_seen: naiveUtc(lastSeenAt(server)),
    last_metrics: {
      cpu_percent: percent(server.summary.cpuBusyRatio),
      memory_percent: percent(server.summary.memoryUsedRatio),
      disk_percent: percent(server.summary.worstDisk?.usedRatio),
    },
  };
}
