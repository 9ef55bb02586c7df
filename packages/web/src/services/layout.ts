import { naturalOrder } from "../fleet/compare-rows.ts";
import { countServices } from "./service-state.ts";
import type { ServiceCounts } from "./service-state.ts";
import type { Service } from "./services-view.ts";

export const SERVICE_GROUPS = ["server", "kind"] as const;
export type ServiceGroup = (typeof SERVICE_GROUPS)[number];

/** One line of the list: a heading, or a service under it. */
export type ServiceItem =
  | { readonly is: "group"; readonly key: string; readonly name: string; readonly counts: ServiceCounts }
  | { readonly is: "service"; readonly key: string; readonly service: Service };

/** The list with headings where it is grouped; groups come by name, those without one last. */
export function layOutServices(services: readonly Service[], group: ServiceGroup | undefined): readonly ServiceItem[] {
  const line = (service: Service): ServiceItem => ({ is: "service", key: service.id, service });
  if (group === undefined) return services.map(line);
  const members = new Map<string, Service[]>();
  for (const service of services) {
    const name = group === "server" ? service.server : service.kind;
    const known = members.get(name);
    if (known) known.push(service);
    else members.set(name, [service]);
  }
  const names = [...members.keys()].toSorted(
    (a, b) => Number(a === "") - Number(b === "") || naturalOrder.compare(a, b) || (a < b ? -1 : 1),
  );
  return names.flatMap((name): ServiceItem[] => {
    const inside = members.get(name) ?? [];
    return [{ is: "group", key: `group ${name}`, name, counts: countServices(inside) }, ...inside.map(line)];
  });
}
