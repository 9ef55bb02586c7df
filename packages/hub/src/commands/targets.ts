import { isOfContainers, isOfServices, MusterError } from "@muster/core";
import type { ActionArgs, ActionName, TargetChoice } from "@muster/core";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServiceDirectory, ServiceEntry, ServiceSelection } from "../fleet/service-directory.ts";

/** One server, or one service on it, with the arguments that the command then carries. */
export interface Target {
  readonly serverId: string;
  readonly serviceId: string | null;
  readonly args: ActionArgs;
}

/** So many targets may one request have. */
export const TARGETS_MAX = 1_000;

const badRequest = (field: string, problem: string): MusterError =>
  new MusterError("BAD_REQUEST", { fields: { [field]: problem } });

/** The targets that a choice means now, each once, at least one. Throws BAD_REQUEST, NOT_FOUND. */
export function resolveTargets(
  action: ActionName,
  args: ActionArgs,
  choice: TargetChoice,
  deps: { readonly fleet: Fleet; readonly directory: ServiceDirectory },
): readonly Target[] {
  const given = Object.entries(choice).filter(([, value]) => value !== undefined);
  if (given.length === 0) throw badRequest("body.targets", "must name something");
  for (const [name, value] of given)
    if (value === "" || (Array.isArray(value) && value.length === 0))
      throw badRequest(`body.targets.${name}`, "must not be empty");
  if (action === "service.define") throw badRequest("body.action", "is asked for by PUT …/definitions/{driver}/{name}");
  if (action === "logs.read") throw badRequest("body.action", "is read at …/logs");
  const targets = isOfServices(action) ? serviceTargets(action, args, choice, deps) : serverTargets(args, choice, deps);
  if (targets.length === 0) throw new MusterError("NOT_FOUND", { message: "Nothing is meant by these targets." });
  if (targets.length > TARGETS_MAX) throw badRequest("body.targets", `mean more than ${TARGETS_MAX}; ask for fewer`);
  return targets;
}

function serverTargets(
  args: ActionArgs,
  { services, servers, tag, driver, kind, name }: TargetChoice,
  { fleet }: { readonly fleet: Fleet },
): readonly Target[] {
  if (services !== undefined || driver !== undefined || kind !== undefined || name !== undefined)
    throw badRequest("body.targets", "are servers for this action: name them by servers or tag");
  for (const id of servers ?? []) if (fleet.get(id) === undefined) throw new MusterError("NOT_FOUND");
  return [...new Set(servers ?? fleet.ids())]
    .filter((id) => tag === undefined || fleet.get(id)?.known.tags.includes(tag) === true)
    .map((serverId) => ({ serverId, serviceId: null, args }));
}

function serviceTargets(
  action: ActionName,
  args: ActionArgs,
  { services, servers, ...conditions }: TargetChoice,
  { fleet, directory }: { readonly fleet: Fleet; readonly directory: ServiceDirectory },
): readonly Target[] {
  for (const name of ["driver", "name"])
    if (Object.hasOwn(args, name)) throw badRequest(`body.args.${name}`, "comes from the targets");
  for (const id of servers ?? []) if (fleet.get(id) === undefined) throw new MusterError("NOT_FOUND");
  const selected = chosenServices(services, servers, conditions, directory);
  const wrong = selected.find(({ driver }) => isOfContainers(action) && driver !== "container");
  if (wrong !== undefined) throw badRequest("body.targets", `must be containers; ${wrong.name} is none`);
  return selected.map(({ id, serverId, driver, name }) => ({
    serverId,
    serviceId: id,
    args: isOfContainers(action) ? { ...args, name } : { ...args, driver, name },
  }));
}

function chosenServices(
  ids: readonly string[] | undefined,
  servers: readonly string[] | undefined,
  { tag, driver, kind, name }: Omit<TargetChoice, "services" | "servers">,
  directory: ServiceDirectory,
): readonly ServiceEntry[] {
  const conditions: ServiceSelection = {
    ...(servers === undefined ? {} : { serverIds: servers }),
    ...(tag === undefined ? {} : { tag }),
    ...(driver === undefined ? {} : { driver }),
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { name }),
  };
  const hasConditions = Object.keys(conditions).length > 0;
  const fitting = hasConditions ? directory.select(conditions) : [];
  if (ids === undefined) return fitting;
  const known = [...new Set(ids)].map((id) => {
    const service = directory.find(id);
    if (service === undefined) throw new MusterError("NOT_FOUND");
    return service;
  });
  if (!hasConditions) return known;
  const fittingIds = new Set(fitting.map(({ id }) => id));
  return known.filter(({ id }) => fittingIds.has(id));
}
