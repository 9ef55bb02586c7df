import type { Server } from "@muster/protocol";

export const NO_SERVICES: Server["services"] = { total: 0, running: 0, failed: 0, unhealthy: 0 };
export const NO_PROBES: Server["probes"] = { total: 0, degraded: 0, unhealthy: 0 };

/** How something of each server does, in numbers: written by whoever knows it, read by whoever shows servers. */
export class ServerCounts<Count extends Readonly<Record<string, number>>> {
  readonly #none: Count;
  readonly #counts = new Map<string, Count>();

  /** `none`: of a server of which nothing was told. */
  constructor(none: Count) {
    this.#none = none;
  }

  of(serverId: string): Count {
    return this.#counts.get(serverId) ?? this.#none;
  }

  /** Whether they are other than before. */
  set(serverId: string, count: Count): boolean {
    const before = this.of(serverId);
    this.#counts.set(serverId, count);
    return Object.keys(this.#none).some((name) => before[name] !== count[name]);
  }

  delete(serverId: string): void {
    this.#counts.delete(serverId);
  }
}
