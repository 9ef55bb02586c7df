import { isMusterError } from "@muster/core";
import type { NotifierView, ProbeView, resources } from "@muster/protocol";
import type { HubClient } from "../client/hub-client.ts";
import { servicesCalled } from "../services/selection.ts";

type Named = { readonly id: string; readonly name: string };

/** The id of what a person calls by its name, or why there is none. */
export type Found = { readonly id: string } | { readonly problem: string };

/** Servers, services, probes and notifiers, which tasks mean by id and people by name. */
export interface TaskNames {
  server(name: string): Found;
  /** By name, `NAME@SERVER` or id. */
  service(name: string): Found;
  probe(name: string): Found;
  notifier(name: string): Found;
  /** What people call something with this id; the id itself of what is not known. */
  nameOf(id: string): string;
}

/** Reads all four. Who may not see notifiers is shown their ids. */
export async function readTaskNames(hub: HubClient): Promise<TaskNames> {
  const [servers, services, probes, notifiers] = await Promise.all([
    hub.call("GET /api/v1/servers"),
    hub.call("GET /api/v1/services", { query: {} }),
    hub.call("GET /api/v1/probes", { query: {} }),
    hub.call("GET /api/v1/notifiers").catch((error: unknown) => {
      if (isMusterError(error, "FORBIDDEN")) return { items: [] };
      throw error;
    }),
  ]);
  return taskNames(servers.items, services.items, probes.items, notifiers.items);
}

export function taskNames(
  servers: readonly resources.Server[],
  services: readonly resources.Service[],
  probes: readonly ProbeView[],
  notifiers: readonly NotifierView[],
): TaskNames {
  const names = new Map([
    ...[...servers, ...probes, ...notifiers].map(({ id, name }: Named): [string, string] => [id, name]),
    ...services.map(({ id, name, server }): [string, string] => [id, `${name}@${server}`]),
  ]);
  const find =
    (items: readonly Named[], what: string) =>
    (name: string): Found =>
      items.find(({ id }) => id === name) ??
      items.find((one) => one.name === name) ?? { problem: `there is no ${what} called ${name}` };
  return {
    server: find(servers, "server"),
    probe: find(probes, "probe"),
    notifier: find(notifiers, "notifier"),
    service(name) {
      const [first, ...others] = servicesCalled(name, services);
      if (first === undefined) return { problem: `there is no service called ${name}` };
      if (others.length === 0) return first;
      return {
        problem: `${name} is the name of ${others.length + 1} services: write NAME@SERVER, or name:${name} for all`,
      };
    },
    nameOf: (id) => names.get(id) ?? id,
  };
}
