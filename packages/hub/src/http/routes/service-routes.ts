import { MusterError } from "@muster/core";
import type { Service } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { ServiceRegistry } from "../../fleet/service-registry.ts";
import type { Links } from "../../links/links.ts";
import type { Handlers } from "../handler.ts";

export interface ServiceRouteDeps {
  readonly services: ServiceRegistry;
  readonly fleet: Fleet;
  readonly links: Links;
}

type ServiceRoutes = Pick<
  Handlers,
  | "GET /api/v1/services"
  | "GET /api/v1/services/{id}"
  | "GET /api/v1/services/{id}/ledger"
  | "GET /api/v1/port-conflicts"
  | "GET /api/v1/servers/{id}/definitions"
>;

const DEFAULT_LEDGER_LINES = 100;

export function serviceRoutes({ services, fleet, links }: ServiceRouteDeps): ServiceRoutes {
  return {
    "GET /api/v1/services": async ({ query }) => {
      const { server, ...filter } = query;
      return { items: [...services.views({ ...filter, ...(server !== undefined && { serverIds: [server] }) })] };
    },

    "GET /api/v1/services/{id}": async ({ params }) => services.view(params.id),

    "GET /api/v1/services/{id}/ledger": async ({ params, query }) => ({
      items: [
        ...(await services.ledger(params.id, {
          limit: query.limit ?? DEFAULT_LEDGER_LINES,
          ...(query.before !== undefined && { before: query.before }),
          ...(query.event !== undefined && { event: query.event }),
        })),
      ],
    }),

    "GET /api/v1/port-conflicts": async () => ({ items: portConflicts(services.views()) }),

    "GET /api/v1/servers/{id}/definitions": async ({ params, signal }) => {
      if (!fleet.get(params.id)) throw new MusterError("NOT_FOUND");
      const { definitions, problems } = await links.call(params.id, "definitions.list", {}, signal);
      return {
        items: definitions.map(({ definition, from }) => ({ definition: { ...definition }, from })),
        problems: [...problems],
      };
    },
  };
}

/** Ports that more than one service of a server claims, by server and port. */
function portConflicts(services: readonly Service[]) {
  const claims = Map.groupBy(
    services.flatMap((service) => [...new Set(service.ports)].map((port) => ({ port, service }))),
    ({ port, service }) => `${service.serverId} ${port}`,
  );
  return [...claims.values()].flatMap((claimants) => {
    const [first] = claimants;
    if (first === undefined || claimants.length < 2) return [];
    const { serverId, server } = first.service;
    const claiming = claimants.map(({ service: { id, name, driver } }) => ({ id, name, driver }));
    return [{ serverId, server, port: first.port, services: claiming }];
  });
}
