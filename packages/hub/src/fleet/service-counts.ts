import type { Server } from "@muster/protocol";

export type ServiceCount = Server["services"];

const NONE: ServiceCount = { total: 0, running: 0, failed: 0, unhealthy: 0 };

/** How each server's services do, in numbers: written by whoever knows the services, read by whoever shows servers. */
export class ServiceCounts {
  readonly #counts = new Map<string, ServiceCount>();

  of(serverId: string): ServiceCount {
    return this.#counts.get(serverId) ?? NONE;
  }

  /** Whether they are other than before. */
  set(serverId: string, count: ServiceCount): boolean {
    const before = this.of(serverId);
    this.#counts.set(serverId, count);
    return (Object.keys(NONE) as (keyof ServiceCount)[]).some((name) => before[name] !== count[name]);
  }

  delete(serverId: string): void {
    this.#counts.delete(serverId);
  }
}
