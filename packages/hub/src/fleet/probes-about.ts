import type { Health, ProbeStance } from "@muster/core";
import type { Server } from "@muster/protocol";

/** An active probe that says something of a server. */
export interface ProbeAbout extends ProbeStance {
  /** The service of that server that it is about (`serviceKeyText`); null: about the server only. */
  readonly service: string | null;
}

const NONE: readonly ProbeAbout[] = [];

/** How the probes about each server stand: written by whoever runs them, read by whoever shows servers and services. */
export class ProbesAbout {
  readonly #probes = new Map<string, readonly ProbeAbout[]>();

  /** How those about a server do, in numbers; those about its services are among them. */
  countOf(serverId: string): Server["probes"] {
    const healths = this.#of(serverId).map(({ health }) => health);
    const count = (health: Health): number => healths.filter((one) => one === health).length;
    return { total: healths.length, degraded: count("degraded"), unhealthy: count("unhealthy") };
  }

  /** Those about one service, by `serviceKeyText`. */
  ofService(serverId: string, service: string): readonly ProbeAbout[] {
    return this.#of(serverId).filter((probe) => probe.service === service);
  }

  /** Takes the place of what was told before. Answers the services about which something else is told now. */
  set(serverId: string, probes: readonly ProbeAbout[]): readonly string[] {
    const before = textsByService(this.#of(serverId));
    const after = textsByService(probes);
    if (probes.length === 0) this.#probes.delete(serverId);
    else this.#probes.set(serverId, probes);
    return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
  }

  delete(serverId: string): void {
    this.#probes.delete(serverId);
  }

  #of(serverId: string): readonly ProbeAbout[] {
    return this.#probes.get(serverId) ?? NONE;
  }
}

function textsByService(probes: readonly ProbeAbout[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { service, name, health, detail } of probes)
    if (service !== null)
      texts.set(
        service,
        `${texts.get(service) ?? ""}${JSON.stringify([name, health, health === "healthy" ? "" : detail])}`,
      );
  return texts;
}
