import { DRIVER_NAMES, MusterError } from "@muster/core";
import type { DriverName, Verb } from "@muster/core";
import type { resources } from "@muster/protocol";
import { Option } from "commander";
import type { Command } from "commander";
import type { CallOptions, HubClient } from "../client/hub-client.ts";
import { findServer } from "../commands/find-server.ts";

type Service = resources.Service;

/** Which services, besides their names; every condition given must hold. */
export interface SelectionOptions {
  readonly server?: string;
  readonly tag?: string;
  readonly driver?: DriverName;
  readonly kind?: string;
}

export const selectionOptions = (command: Command): Command =>
  command
    .option("--server <server>", "only on this server, by name or id")
    .option("--tag <tag>", "only on servers with this tag")
    .addOption(new Option("--driver <driver>", "only of this driver").choices(DRIVER_NAMES))
    .option("--kind <kind>", "only of this kind, as its definition says");

/** Said where neither names nor options choose any. */
export const NO_SERVICE_NAMED =
  "No service is named. Name some, or choose them with --tag, --kind, --driver or --server.";

/** What a person calls a service: its name and where it is. */
export const serviceLabel = ({ name, server }: Pick<Service, "name" | "server">): string => `${name}@${server}`;

/** The services that the options leave. Throws NOT_FOUND for a server. */
export async function readServices(
  hub: HubClient,
  { server, tag, driver, kind }: SelectionOptions,
  call: CallOptions = {},
): Promise<readonly Service[]> {
  const serverId = server === undefined ? undefined : (await findServer(hub, server, call)).id;
  const query = {
    ...(serverId !== undefined && { server: serverId }),
    ...(tag !== undefined && { tag }),
    ...(driver !== undefined && { driver }),
    ...(kind !== undefined && { kind }),
  };
  const { items } = await hub.call("GET /api/v1/services", { query }, call);
  return items;
}

/** Services that an operand names: by id, name or `name@server`, and as systemctl does by a unit's name without `.service`. */
export function servicesCalled(operand: string, services: readonly Service[]): readonly Service[] {
  const exact = services.filter(
    (service) => service.id === operand || service.name === operand || serviceLabel(service) === operand,
  );
  if (exact.length > 0) return exact;
  return services.filter(({ name, server }) => {
    const unit = /^(.+)\.service$/.exec(name)?.[1];
    return unit !== undefined && (unit === operand || `${unit}@${server}` === operand);
  });
}

/** The one service that an operand names. Throws NOT_FOUND, and BAD_REQUEST with those that match when it names several. */
export function oneService(operand: string, services: readonly Service[]): Service {
  const [first, ...others] = someServices(operand, services);
  if (others.length === 0) return first;
  const names = [first, ...others].map((service) => `${serviceLabel(service)} (${service.driver})`);
  const shown = names.length > 20 ? [...names.slice(0, 20), `and ${names.length - 20} more`] : names;
  throw new MusterError("BAD_REQUEST", {
    message: `${operand} is the name of several services: ${shown.join(", ")}. Say which: NAME@SERVER, --server or --driver.`,
  });
}

/** All services that an operand names, at least one. Throws NOT_FOUND with the names that look alike. */
export function someServices(operand: string, services: readonly Service[]): readonly [Service, ...Service[]] {
  const [first, ...others] = servicesCalled(operand, services);
  if (first) return [first, ...others];
  const alike = services.filter(({ name }) => name.toLowerCase().includes(operand.split("@")[0]!.toLowerCase()));
  const hint = alike.length > 0 ? ` Did you mean ${alike.slice(0, 5).map(serviceLabel).join(", ")}?` : "";
  throw new MusterError("NOT_FOUND", { message: `There is no service called ${operand}.${hint}` });
}

/** What is to be acted on. */
export interface Selection {
  readonly services: readonly Service[];
  /** Chosen by the conditions, and left out because their server's policy does not grant it. */
  readonly notGranted: readonly Service[];
}

/**
 * The services to act on. Each name means exactly one, unless `--tag` or `--kind` say that a set is meant. Without names
 * the conditions choose, and of those chosen only what the server's policy grants is taken: a name asked for is always
 * asked, so that the refusal can say why. Throws BAD_REQUEST when neither names nor conditions are given.
 */
export async function selectServices(
  hub: HubClient,
  operands: readonly string[],
  options: SelectionOptions,
  verb: Verb,
): Promise<Selection> {
  const { server, tag, driver, kind } = options;
  if (
    operands.length === 0 &&
    server === undefined &&
    tag === undefined &&
    driver === undefined &&
    kind === undefined
  ) {
    throw new MusterError("BAD_REQUEST", { message: NO_SERVICE_NAMED });
  }
  const services = await readServices(hub, options);
  if (operands.length === 0) {
    const able = services.filter(({ verbs }) => verbs.includes(verb));
    return {
      services: able.filter(({ granted }) => granted.includes(verb)),
      notGranted: able.filter(({ granted }) => !granted.includes(verb)),
    };
  }
  const isSet = tag !== undefined || kind !== undefined;
  const named = operands.flatMap((operand) =>
    isSet ? someServices(operand, services) : [oneService(operand, services)],
  );
  return { services: [...new Set(named)], notGranted: [] };
}
