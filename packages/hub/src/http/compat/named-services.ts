import { MusterError } from "@muster/core";
import type { Service } from "@muster/protocol";
import type { RouteCall } from "./compat-handler.ts";

/** Names that can stand in a path, as docs/spec/access.md AC21 has them. */
const PLAIN = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Those systems know one machine and name a service by its name alone. Here it is the name where no other service has it,
 * else `<server>~<name>`, else the id.
 */
export function handlesOf(services: readonly Service[]): ReadonlyMap<Service, string> {
  const count = (keys: readonly string[]): ReadonlyMap<string, number> =>
    new Map([...Map.groupBy(keys, (key) => key)].map(([key, all]) => [key, all.length]));
  const longName = ({ server, name }: Service): string => `${server}~${name}`;
  const names = count(services.map(({ name }) => name));
  const longNames = count(services.map(longName));
  const handle = (service: Service): string => {
    if (names.get(service.name) === 1 && PLAIN.test(service.name)) return service.name;
    return longNames.get(longName(service)) === 1 && PLAIN.test(longName(service)) ? longName(service) : service.id;
  };
  return new Map(services.map((service) => [service, handle(service)]));
}

/** The one service that a handle means. Throws NOT_FOUND, CONFLICT when several have the name. */
export async function serviceNamed(call: RouteCall, handle: string): Promise<Service> {
  if (ID.test(handle)) return call("GET /api/v1/services/{id}", { params: { id: handle } });
  const { items } = await call("GET /api/v1/services", { query: { name: handle } });
  if (items.length > 0) return theOne(items, handle);
  const [server = "", name] = handle.split(/~(.*)/s);
  if (name === undefined || name === "") throw unknownService(handle);
  const long = await call("GET /api/v1/services", { query: { name } });
  return theOne(
    long.items.filter((service) => service.server === server),
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
