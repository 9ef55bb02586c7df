import type { Dependency } from "./dependency-order.ts";
import type { DriverName, ServiceStatus } from "./service.ts";

export const NEED_SOURCES = ["definition", "compose", "systemd", "person"] as const;
/** Who says that one service needs another: its definition, its compose file, its unit, or somebody by hand. */
export type NeedSource = (typeof NEED_SOURCES)[number];

/** One service that needs another one, both by id. */
export interface ServiceNeed extends Dependency {
  readonly source: NeedSource;
}

type ToldService = Pick<ServiceStatus, "driver" | "name" | "group" | "needs" | "alias"> & { readonly id: string };

const SOURCES: Readonly<Partial<Record<DriverName, NeedSource>>> = {
  process: "definition",
  tmux: "definition",
  container: "compose",
  systemd: "systemd",
  "systemd-user": "systemd",
};

/** What the services of one server need of each other, as they tell it. Names that are none of them mean nothing. */
export function toldNeeds(services: readonly ToldService[]): readonly ServiceNeed[] {
  return services.flatMap((service): readonly ServiceNeed[] => {
    const source = SOURCES[service.driver];
    if (source === undefined || service.needs === undefined) return [];
    const needed = service.needs.flatMap((name) => services.filter((other) => isCalled(other, name, service)));
    return [...new Set(needed)].flatMap(({ id }) => (id === service.id ? [] : [{ from: service.id, to: id, source }]));
  });
}

/** Muster's own definitions have names of one kind, whichever driver runs them; a compose file its own within its project. */
function isCalled(other: ToldService, name: string, by: ToldService): boolean {
  if (by.driver === "container")
    return other.driver === "container" && other.alias === name && other.group === by.group && by.group !== "";
  return SOURCES[other.driver] === SOURCES[by.driver] && other.name === name;
}
