import { compareServers, holdOrder } from "./order.ts";
import type { HeldOrder, Sort } from "./order.ts";
import type { Server } from "./fleet-view.ts";

/** Remembers the order in which rows are shown, and whether the pointer is over them. */
export class RowOrder {
  #held: HeldOrder | undefined;
  #isPointerInside = false;

  setPointerInside(isInside: boolean): void {
    this.#isPointerInside = isInside;
  }

  /** Sorts, but moves rows only when that is allowed; `monotonicMs` is a time that never goes back. */
  arrange(servers: readonly Server[], filterText: string, sort: Sort, monotonicMs: number): Server[] {
    const byId = new Map(servers.map((server) => [server.id, server]));
    const wanted = servers.toSorted(compareServers(sort)).map((server) => server.id);
    const madeFor = `${filterText}\n${sort.key}\n${sort.descending}`;
    this.#held = holdOrder(this.#held, wanted, madeFor, monotonicMs, this.#isPointerInside);
    return this.#held.ids.flatMap((id) => byId.get(id) ?? []);
  }
}
