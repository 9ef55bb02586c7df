import { MusterError } from "@muster/core";
import type { Service } from "@muster/protocol";
import type { RouteCall } from "./compat-handler.ts";

/** Names that can stand in a path, as docs/spec/access.md AC21 has them. */
const PLAIN = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Those systems know one machine and name a service by its name alone. Here it is the name where it means no other service,
 * else `<server>~<name>`, else the id. Servers choose their names, so one may look like another's long name, or like an id.
 */
export function handlesOf(services: readonly Service[]): ReadonlyMap<Service, string> {
  const uses = Map.groupBy(
    services.flatMap((service) => namesOf(service)),
    (name) => name,
  );
  const isPlain = (name: string): boolean => uses.get(name)?.length === 1 && PLAIN.test(name) && !ID.test(name);
  return new Map(services.map((service) => [service, namesOf(service).find(isPlain) ?? service.id]));
}

/** What a service may be called by, the shortest first. */
const namesOf = ({ server, name }: Service): readonly string[] => [name, `${server}~${name}`];

/** The one service that a handle means. Throws NOT_FOUND, CONFLICT when it means several. */
export async function serviceNamed(call: RouteCall, handle: string): Promise<Service> {
  if (ID.test(handle)) return call("GET /api/v1/services/{id}", { params: { id: handle } });
  const called = async (name: string): Promise<readonly Service[]> =>
    (await call("GET /api/v1/services", { query: { name } })).items;
  const [, long = ""] = handle.split(/~(.*)/s);
  const longs = long === "" ? [] : await called(long);
  const meant = [...(await called(handle)), ...longs];
  return theOne(
    meant.filter((service) => namesOf(service).includes(handle)),
    handle,
  );
}

/** The one service of a server with this name, also without the end `.service`. Throws NOT_FOUND, CONFLICT. */
export async function serviceOnServer(
  call: RouteCall,
  serverId: string,
  name: string,
  driver?: Service["driver"],
): Promise<Service> {
  const named = async (text: string): Promise<readonly Service[]> =>
    (await call("GET /api/v1/services", { query: { server: serverId, name: text, ...(driver && { driver }) } })).items;
  const exact = await named(name);
  return theOne(exact.length > 0 || driver !== undefined ? exact : await named(`${name}.service`), name);
}

function theOne(services: readonly Service[], handle: string): Service {
  const [service, ...others] = services;
  if (service === undefined) throw unknownService(handle);
  if (others.length > 0)
    throw new MusterError("CONFLICT", {
      message: `Several services are called ${handle.slice(0, 100)}; use <server>~<name> or its id.`,
    });
  return service;
}

const unknownService = (handle: string): MusterError =>
  new MusterError("NOT_FOUND", { message: `There is no service ${handle.slice(0, 100)}, or you may not see it.` });
