import { MusterError } from "@muster/core";
import type { Service } from "@muster/protocol";
import { expect, test } from "vitest";
import type { RouteCall } from "./compat-handler.ts";
import { handlesOf, serviceNamed } from "./named-services.ts";

const idOf = (index: number): string => `01920000-0000-7000-8000-${String(index).padStart(12, "0")}`;
const VICTIM = 1;
const services = (
  [
    ["alpha", "web"],
    ["alpha", "nginx"],
    ["beta", "nginx"],
    // Names by which a server would be taken for another.
    ["evil", "alpha~nginx"],
    ["evil", idOf(VICTIM)],
    ["evil", "with space"],
    ["beta", "a~b"],
  ] as const
).map(([server, name], index) => ({ id: idOf(index), server, name }) as Service);

/** As our own routes answer. */
const call = (async (route: string, { params, query }: { params?: { id: string }; query?: { name: string } }) => {
  if (route !== "GET /api/v1/services/{id}") return { items: services.filter(({ name }) => name === query?.name) };
  const service = services.find(({ id }) => id === params?.id);
  if (service === undefined) throw new MusterError("NOT_FOUND");
  return service;
}) as unknown as RouteCall;

test("[CP11] whatever servers call their services, each handle means its own service and no other", async () => {
  const handles = handlesOf(services);
  expect([...handles.values()]).toEqual([
    "web",
    idOf(1),
    "beta~nginx",
    "evil~alpha~nginx",
    `evil~${idOf(VICTIM)}`,
    idOf(5),
    "a~b",
  ]);
  for (const [service, handle] of handles) expect(await serviceNamed(call, handle)).toBe(service);
});

test("[CP11] what means several is refused, what means none is not found", async () => {
  for (const handle of ["nginx", "alpha~nginx"])
    await expect(serviceNamed(call, handle)).rejects.toThrow(`Several services are called ${handle}`);
  for (const handle of ["none", "beta~web", "alpha~", "~nginx"])
    await expect(serviceNamed(call, handle)).rejects.toThrow("There is no service");
});
