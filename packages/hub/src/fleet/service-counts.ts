import type { Server } from "@muster/protocol";

type Counts = Server["services"];
const NO_SERVICES: Counts = { total: 0, running: 0, failed: 0, unhealthy: 0 };

/** How the services of each server do, in numbers: written by whoever knows them, read by whoever shows servers. */
export class ServiceCounts {
  readonly #counts = new Map<string, Counts>();

  of(serverId: string): Counts {
    return this.#counts.get(serverId) ?? NO_SERVICES;
  }

  /** Whether they are other than before. */
  set(serverId: string, counts: Counts): boolean {
    const before = this.of(serverId);
    this.#counts.set(serverId, counts);
    return (Object.keys(NO_SERVICES) as (keyof Counts)[]).some((name) => before[name] !== counts[name]);
  }

  delete(serverId: string): void {
    this.#counts.delete(serverId);
  }
}
