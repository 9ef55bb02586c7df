import type { ServiceDirectory, ServiceEntry, ServiceSelection } from "../src/fleet/service-directory.ts";

/** A directory that holds what it is given, for tests without servers that tell of services. */
export class MemoryServiceDirectory implements ServiceDirectory {
  readonly #services = new Map<string, ServiceEntry>();
  readonly #tagsOf: (serverId: string) => readonly string[];

  constructor(tagsOf: (serverId: string) => readonly string[] = () => []) {
    this.#tagsOf = tagsOf;
  }

  add(service: Omit<ServiceEntry, "kind"> & { readonly kind?: string }): void {
    this.#services.set(service.id, { kind: "", ...service });
  }

  find(serviceId: string): ServiceEntry | undefined {
    return this.#services.get(serviceId);
  }

  select(selection: ServiceSelection): readonly ServiceEntry[] {
    const { serverIds, tag, driver, kind, name } = selection;
    if (Object.values(selection).every((condition) => condition === undefined)) return [];
    return [...this.#services.values()].filter(
      (service) =>
        (serverIds === undefined || serverIds.includes(service.serverId)) &&
        (tag === undefined || this.#tagsOf(service.serverId).includes(tag)) &&
        (driver === undefined || service.driver === driver) &&
        (kind === undefined || service.kind === kind) &&
        (name === undefined || service.name === name),
    );
  }
}
