import { ok } from "./compat-handler.ts";
import type { CompatHandlers, RouteCall } from "./compat-handler.ts";
import type { ROOT } from "./compat-table.ts";
import type { Server } from "@muster/protocol";
import { boxesOf } from "./s1.ts";
import { s2Servers } from "./s2-server.ts";
import { serverOf } from "./server-ids.ts";
import type { TongueDeps } from "./tongue-deps.ts";

/** Paths at which several of those systems meet: an answer that holds the fields of each. */
export function rootHandlers({ fleet, clock, version }: TongueDeps): CompatHandlers<typeof ROOT> {
  const both = async (
    call: RouteCall,
    servers: readonly Server[],
    cores: "all" | "none",
  ): Promise<readonly object[]> => {
    const boxes = await boxesOf(call, servers, { clock, cores });
    return (await s2Servers(call, servers)).map((server, index) => ({ ...server, ...boxes[index] }));
  };
  return {
    "GET /health": async ({ call }) => {
      const { servers } = await call("GET /api/v1/status");
      const services_count = fleet.ids().reduce((sum, id) => sum + fleet.serviceCounts.of(id).total, 0);
      return ok({ status: "ok", version, servers_count: servers.total, services_count, poll_interval: null });
    },
    "GET /api/servers": async ({ call }) => ok(await both(call, (await call("GET /api/v1/servers")).items, "none")),
    "GET /api/servers/{id}": async (request) =>
      ok((await both(request.call, [await serverOf(request, fleet)], "all"))[0]),
  };
}
