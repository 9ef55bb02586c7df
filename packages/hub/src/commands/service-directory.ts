import type { DriverName } from "@muster/core";

/** A service as far as choosing it goes. */
export interface ListedService {
  readonly id: string;
  readonly serverId: string;
  readonly driver: DriverName;
  readonly name: string;
}

/** Conditions of a choice; every one that is given must hold. */
export interface ServiceChoice {
  readonly serverIds?: readonly string[];
  /** On servers with this tag. */
  readonly tag?: string;
  readonly driver?: DriverName;
  readonly kind?: string;
  readonly name?: string;
}

/** Which services there are. Kept by the fleet; the command bus only asks. */
export interface ServiceDirectory {
  find(
    serviceId: string,
  ):
    | (Omit<ListedService, "id"> & { /** Free word of its definition; empty when none. */ readonly kind: string })
    | undefined;
  /** Those for which every given condition holds; a choice without a condition yields nothing. */
  select(choice: ServiceChoice): readonly ListedService[];
}

/** A directory that holds what it is given: for hubs that know no services yet, and for tests. */
export class MemoryServiceDirectory implements ServiceDirectory {
  readonly #services = new Map<string, ListedService & { readonly kind: string }>();
  readonly #tagsOf: (serverId: string) => readonly string[];

  constructor(tagsOf: (serverId: string) => readonly string[] = () => []) {
    this.#tagsOf = tagsOf;
  }

  add(service: ListedService & { readonly kind?: string }): void {
    this.#services.set(service.id, { kind: "", ...service });
  }

  find(serviceId: string): (Omit<ListedService, "id"> & { readonly kind: string }) | undefined {
    return this.#services.get(serviceId);
  }

  select({ serverIds, tag, driver, kind, name }: ServiceChoice): readonly ListedService[] {
    if (
      serverIds === undefined &&
      tag === undefined &&
      driver === undefined &&
      kind === undefined &&
      name === undefined
    )
      return [];
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
