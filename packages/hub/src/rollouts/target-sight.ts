import type { RolloutTarget, Sight } from "@muster/core";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServiceRegistry } from "../fleet/service-registry.ts";

/** How the hub sees a target of a rollout at this moment. */
export const targetSight =
  ({ fleet, services }: { readonly fleet: Fleet; readonly services: Pick<ServiceRegistry, "find" | "view"> }) =>
  ({ id, serverId, service }: RolloutTarget): Sight => {
    const server = fleet.get(serverId);
    if (server === undefined) return { is: "dark", why: "its server is not there any more" };
    if (service === null) {
      if (fleet.presenceOf(server).is !== "online") return { is: "dark", why: "it is not online" };
      return { is: "server", boot: server.known.facts?.bootId ?? null };
    }
    if (services.find(id) === undefined) return { is: "dark", why: "it is not there any more" };
    const { state, health, run, isCurrent } = services.view(id);
    return isCurrent ? { is: "service", state, health, run } : { is: "dark", why: "its server does not say how it is" };
  };
