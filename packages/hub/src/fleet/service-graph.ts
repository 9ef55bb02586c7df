import { MusterError, neededBy, orderByDependency, toldNeeds } from "@muster/core";
import type { Clock, ServiceNeed } from "@muster/core";
import { isForeignKeyViolation } from "@muster/node-kit";
import type { ServiceGraphView } from "@muster/protocol";
import type { Database } from "../state/database.ts";
import type { ServiceEntry } from "./service-directory.ts";
import type { ServiceRegistry } from "./service-registry.ts";

export interface ServiceGraphDeps {
  readonly db: Database;
  readonly services: Pick<ServiceRegistry, "views" | "find" | "listen">;
  readonly clock: Clock;
}

/** Which services need which: what their servers tell, and what somebody has set by hand. */
export class ServiceGraph {
  readonly #db: Database;
  readonly #services: Pick<ServiceRegistry, "views" | "find" | "listen">;
  readonly #clock: Clock;
  readonly #byHand = new Map<string, ServiceNeed>();
  /** What each server tells, until it tells more. */
  readonly #toldBy = new Map<string, readonly ServiceNeed[]>();

  private constructor(deps: ServiceGraphDeps) {
    this.#db = deps.db;
    this.#services = deps.services;
    this.#clock = deps.clock;
  }

  static async open(deps: ServiceGraphDeps): Promise<ServiceGraph> {
    const graph = new ServiceGraph(deps);
    deps.services.listen((event) => {
      if (event.is !== "ledger") graph.#toldBy.delete(event.serverId);
    });
    for (const row of await deps.db.selectFrom("service_need").select(["service_id", "needs_id"]).execute())
      graph.#keep(row.service_id, row.needs_id);
    return graph;
  }

  /** Everything that says in which order services of these servers come, also where that goes through other servers. */
  needs(serverIds: readonly string[]): readonly ServiceNeed[] {
    const byHand = this.#handMade();
    const through = byHand.flatMap(({ from, to }) => [from, to].map((id) => this.#services.find(id)!.serverId));
    return [...[...new Set([...serverIds, ...through])].flatMap((serverId) => this.#told(serverId)), ...byHand];
  }

  /** Services, of one server or of all, that need something or are needed, with their order. */
  view(serverId?: string): ServiceGraphView {
    const services = this.#services.views();
    const isOwn = (id: string): boolean => serverId === undefined || this.#services.find(id)?.serverId === serverId;
    const links = [
      ...[...new Set(services.filter(({ id }) => isOwn(id)).map((service) => service.serverId))].flatMap((id) =>
        this.#told(id),
      ),
      ...this.#handMade().filter(({ from, to }) => isOwn(from) || isOwn(to)),
    ];
    const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
    const shown = services.filter(({ id }) => linked.has(id));
    const ids = shown.map(({ id }) => id);
    const { layers, circles } = orderByDependency(ids, links);
    const layerOf = new Map(layers.flatMap((layer, index) => layer.map((id) => [id, index] as const)));
    return {
      services: shown.map(({ id, serverId: on, server, driver, name, state, health }) => ({
        ...{ id, serverId: on, server, driver, name, state, health },
        layer: layerOf.get(id) ?? 0,
      })),
      links: links.filter(({ from, to }) => layerOf.has(from) && layerOf.has(to)),
      circles: circles.map((circle) => [...circle]),
    };
  }

  /** All that a service needs, also through others; nothing that needs it in turn. */
  neededBy(serviceId: string): readonly ServiceEntry[] {
    const service = this.#services.find(serviceId);
    if (service === undefined) return [];
    return neededBy(serviceId, this.needs([service.serverId])).flatMap((id) => this.#services.find(id) ?? []);
  }

  #told(serverId: string): readonly ServiceNeed[] {
    let told = this.#toldBy.get(serverId);
    if (told === undefined)
      this.#toldBy.set(serverId, (told = toldNeeds(this.#services.views({ serverIds: [serverId] }))));
    return told;
  }

  #handMade(): readonly ServiceNeed[] {
    return [...this.#byHand.values()].filter(({ from, to }) => this.#isThere(from) && this.#isThere(to));
  }

  #isThere(id: string): boolean {
    return this.#services.find(id) !== undefined;
  }

  /** Throws NOT_FOUND, and CONFLICT where the two would need each other in a circle. */
  async add(from: string, to: string, author: string): Promise<void> {
    const servers = [from, to].map((id) => this.#services.find(id)?.serverId);
    if (servers.includes(undefined)) throw new MusterError("NOT_FOUND");
    const needs = this.needs(servers as readonly string[]);
    const { circles } = orderByDependency([from, to], [...needs, { from, to }]);
    if (from === to || circles.some((circle) => circle.includes(from) && circle.includes(to)))
      throw new MusterError("CONFLICT", {
        message: "The other one needs this one already: none of them would be first.",
      });
    const row = { service_id: from, needs_id: to, author, created_at: this.#clock.now() };
    try {
      await this.#db
        .insertInto("service_need")
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    } catch (error) {
      if (isForeignKeyViolation(error)) throw new MusterError("NOT_FOUND");
      throw error;
    }
    this.#keep(from, to);
  }

  /** Throws NOT_FOUND where nobody has said so by hand. */
  async remove(from: string, to: string): Promise<void> {
    if (!this.#byHand.has(keyOf(from, to))) throw new MusterError("NOT_FOUND");
    await this.#db.deleteFrom("service_need").where("service_id", "=", from).where("needs_id", "=", to).execute();
    this.#byHand.delete(keyOf(from, to));
  }

  #keep(from: string, to: string): void {
    this.#byHand.set(keyOf(from, to), { from, to, source: "person" });
  }
}

const keyOf = (from: string, to: string): string => `${from} ${to}`;
