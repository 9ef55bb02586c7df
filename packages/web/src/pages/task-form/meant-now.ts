import { isOfContainers, isOfServices } from "@muster/core";
import type { ActionName, TargetChoice, Verb } from "@muster/core";
import type { Server } from "../../fleet/fleet-view.ts";
import { serviceLabel } from "../../services/service-label.ts";
import type { Service } from "../../services/services-view.ts";

/** What a task would be done to if it ran now. */
export interface Meant {
  readonly count: number;
  /** In the order of the fleet, such as `nginx@web-1`. */
  readonly names: readonly string[];
  /** Those whose server does not grant the action, by its policy as it is known here. */
  readonly refused: readonly string[];
}

/** As the hub resolves targets (CO10): every condition that is given must hold. */
export function meantNow(
  action: ActionName,
  { services: ids, servers: serverIds, tag, driver, kind, name }: TargetChoice,
  known: { readonly services: Iterable<Service>; readonly servers: ReadonlyMap<string, Server> },
): Meant {
  const isOnServer = (serverId: string): boolean =>
    (serverIds === undefined || serverIds.includes(serverId)) &&
    (tag === undefined || known.servers.get(serverId)?.tags.includes(tag) === true);
  if (!isOfServices(action)) {
    const some = [...known.servers.values()].filter(({ id }) => isOnServer(id));
    const isRefused = ({ policy }: Server): boolean =>
      policy !== null && policy.actions !== undefined && action !== "agent.ping" && !policy.actions.includes(action);
    return meant(some, (server) => server.name, isRefused);
  }
  const some = [...known.services].filter(
    (service) =>
      isOnServer(service.serverId) &&
      (ids === undefined || ids.includes(service.id)) &&
      (!isOfContainers(action) || service.driver === "container") &&
      (driver === undefined || service.driver === driver) &&
      (kind === undefined || service.kind === kind) &&
      (name === undefined || service.name === name),
  );
  const verb = action.slice(action.indexOf(".") + 1) as Verb;
  return meant(some, serviceLabel, ({ granted }) => !granted.includes(verb));
}

function meant<T>(some: readonly T[], nameOf: (one: T) => string, isRefused: (one: T) => boolean): Meant {
  return { count: some.length, names: some.map(nameOf), refused: some.filter(isRefused).map(nameOf) };
}
