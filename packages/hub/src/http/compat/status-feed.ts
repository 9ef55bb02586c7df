import type { Cancellable, Clock } from "@muster/core";
import type { Fleet } from "../../fleet/fleet.ts";
import type { ServiceRegistry } from "../../fleet/service-registry.ts";
import { handlesOf } from "./named-services.ts";
import { machineStats } from "./own-stats.ts";
import { ownServerId } from "../../fleet/own-server.ts";
import { s2Status } from "./service-shapes.ts";
import type { SocketClient } from "./socket-client.ts";

export interface StatusFeedDeps {
  readonly services: Pick<ServiceRegistry, "views" | "listen">;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly hostName: string;
}

const EVERY_MS = 5_000;
/** After a change; several within it are told together. */
const GAP_MS = 1_000;
/** All services go in one message, which at this number has some megabytes. */
const SERVICES_MAX = 5_000;

/** Tells the clients of the service manager (S2) the status of all services: written out once for all of them. */
export class StatusFeed {
  readonly #deps: StatusFeedDeps;
  readonly #clients = new Set<SocketClient>();
  #stopListening: (() => void) | undefined;
  #next: Cancellable | undefined;
  #nextMono = 0;
  #toldMono = -Infinity;
  #told: readonly string[] = [];

  constructor(deps: StatusFeedDeps) {
    this.#deps = deps;
  }

  /** Told at once, then until its signal aborts. */
  add(client: SocketClient): void {
    this.#clients.add(client);
    client.signal.addEventListener("abort", () => this.#remove(client), { once: true });
    this.#stopListening ??= this.#deps.services.listen(() => this.#plan(GAP_MS));
    for (const text of this.#recent()) client.send(text);
    if (this.#next === undefined) this.#plan(EVERY_MS);
  }

  #remove(client: SocketClient): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#next?.cancel();
    this.#next = undefined;
  }

  /** Tells everybody this long after the last time, unless that is planned for sooner. */
  #plan(gapMs: number): void {
    const { clock } = this.#deps;
    const atMono = Math.max(this.#toldMono + gapMs, clock.monotonic());
    if (this.#next !== undefined && this.#nextMono <= atMono) return;
    this.#next?.cancel();
    this.#nextMono = atMono;
    this.#next = clock.after(atMono - clock.monotonic(), () => {
      this.#next = undefined;
      for (const text of this.#write()) for (const client of this.#clients) client.send(text);
      this.#plan(EVERY_MS);
    });
  }

  /** Whoever opens one socket after the other does not make the hub write all of it out each time. */
  #recent(): readonly string[] {
    const isFresh = this.#deps.clock.monotonic() - this.#toldMono < GAP_MS;
    return isFresh ? this.#told : this.#write();
  }

  /** Everything as it is now. */
  #write(): readonly string[] {
    this.#told = this.#messages();
    this.#toldMono = this.#deps.clock.monotonic();
    return this.#told;
  }

  #messages(): readonly string[] {
    const { services, fleet, clock, hostName } = this.#deps;
    const views = services.views();
    const own = ownServerId(fleet, hostName);
    if (views.length > SERVICES_MAX)
      return [JSON.stringify({ type: "error", message: `More than ${SERVICES_MAX} services; see /api/v1/live.` })];
    const handles = handlesOf(views);
    const data = views.map((service) => s2Status(service, handles.get(service)!, clock));
    return [
      JSON.stringify({ type: "status_update", data }),
      ...(own === undefined ? [] : [JSON.stringify({ type: "system_stats", data: machineStats(fleet, own) })]),
    ];
  }
}
