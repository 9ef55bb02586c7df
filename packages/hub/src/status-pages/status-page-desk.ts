import { publicHealth, publicPresence, publicService, publicStatus, thingKey } from "@muster/core";
import type { Clock, Incident, Member, PublicState, PublicStatus, StatusPage, StatusPageItem } from "@muster/core";
import type { StatusPageView } from "@muster/protocol";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServiceRegistry } from "../fleet/service-registry.ts";
import type { ProbeDesk } from "../probes/probe-desk.ts";
import type { StatusPageDefinition, StatusPageStore } from "./status-page-store.ts";
import type { UptimeLedger } from "./uptime-ledger.ts";

export interface StatusPageDeskDeps {
  readonly store: StatusPageStore;
  readonly uptime: UptimeLedger;
  readonly fleet: Pick<Fleet, "get" | "presenceOf">;
  readonly services: Pick<ServiceRegistry, "find" | "select" | "view">;
  readonly probes: Pick<ProbeDesk, "has" | "view">;
  readonly incidents: { readonly open: readonly Incident[] };
  readonly clock: Clock;
}

type Thing = Pick<StatusPageItem, "kind" | "id">;

/** Status pages: what is shown to everybody, and how it stands. */
export class StatusPageDesk {
  readonly #deps: StatusPageDeskDeps;

  constructor(deps: StatusPageDeskDeps) {
    this.#deps = deps;
  }

  views(): readonly StatusPageView[] {
    return this.#deps.store.all.map((page) => this.#view(page));
  }

  /** Throws NOT_FOUND. */
  get(id: string): StatusPage {
    return this.#deps.store.get(id);
  }

  /** Throws CONFLICT. */
  async add(definition: StatusPageDefinition): Promise<StatusPageView> {
    return this.#view(await this.#deps.store.add(definition));
  }

  /** Throws NOT_FOUND, CONFLICT. */
  async change(id: string, definition: StatusPageDefinition): Promise<StatusPageView> {
    return this.#view(await this.#deps.store.change(id, definition));
  }

  /** Throws NOT_FOUND. */
  delete(id: string): Promise<void> {
    return this.#deps.store.delete(id);
  }

  /** Whether it is there now. */
  has(thing: Thing): boolean {
    return this.#stateOf(thing) !== undefined;
  }

  /** The page that everybody may see at an address. */
  shown(slug: string): StatusPage | undefined {
    return this.#deps.store.all.find((page) => page.slug === slug && page.isEnabled);
  }

  /** What everybody is told by it. */
  status(page: StatusPage): PublicStatus {
    const { uptime, incidents, clock } = this.#deps;
    return publicStatus(
      page,
      {
        stateOf: (thing) => this.#stateOf(thing),
        hoursOf: (item) => uptime.bars(thingKey(item), "hours"),
        daysOf: (item) => uptime.bars(thingKey(item), "days"),
        thingOf: (member) => this.#thingOf(member),
        openIncidents: incidents.open,
      },
      clock.now(),
    );
  }

  /** Call once a minute: looks at everything that pages show. */
  async look(): Promise<void> {
    const states = new Map<string, PublicState>();
    for (const { items } of this.#deps.store.all)
      for (const item of items) {
        const state = states.has(thingKey(item)) ? undefined : this.#stateOf(item);
        if (state !== undefined) states.set(thingKey(item), state);
      }
    await this.#deps.uptime.count(states);
  }

  /** Call now and then. */
  prune(): Promise<void> {
    return this.#deps.uptime.prune(new Set(this.#deps.store.all.flatMap(({ items }) => items.map(thingKey))));
  }

  #view(page: StatusPage): StatusPageView {
    return {
      ...page,
      announcement: page.announcement && { ...page.announcement },
      items: page.items.map((item) => ({ ...item, isGone: !this.has(item) })),
    };
  }

  #stateOf({ kind, id }: Thing): PublicState | undefined {
    const { fleet, services, probes } = this.#deps;
    if (kind === "server") return this.#serverState(id);
    if (kind === "probe") {
      if (!probes.has(id)) return undefined;
      const { health, maintenanceUntil } = probes.view(id);
      return publicHealth(health, maintenanceUntil !== null && maintenanceUntil > this.#deps.clock.now());
    }
    const service = services.find(id);
    if (service === undefined || fleet.get(service.serverId) === undefined) return undefined;
    const { serverId, driver, name } = service;
    // A directory finds what is gone too, and selects what is there.
    if (!services.select({ serverIds: [serverId], driver, name }).some((one) => one.id === id)) return undefined;
    const { state, health } = services.view(id);
    return publicService(state, health, this.#serverState(serverId) ?? "unknown");
  }

  #serverState(id: string): PublicState | undefined {
    const server = this.#deps.fleet.get(id);
    return server && publicPresence(this.#deps.fleet.presenceOf(server).is);
  }

  #thingOf({ subject: { serverId, service, probeId } }: Member): string | undefined {
    if (probeId !== null) return thingKey({ kind: "probe", id: probeId });
    if (serverId === null) return undefined;
    if (service === null) return thingKey({ kind: "server", id: serverId });
    const found = this.#deps.services.select({ serverIds: [serverId], ...service })[0];
    return found && thingKey({ kind: "service", id: found.id });
  }
}
