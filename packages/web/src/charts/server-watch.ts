import type { ServerState } from "@muster/protocol";
import { Observable } from "../browser/observable.ts";
import type { Server } from "../fleet/fleet-view.ts";
import { live } from "../live/live.ts";
import { LiveRing } from "./live-ring.ts";
import type { SeriesHead } from "./series-key.ts";

/** Points kept: at one a second more than the time between two looks at the stored history. */
const POINTS_MAX = 1_200;

/** One server under the eye: its newest readings, handed on as they arrive without passing through React. */
export class ServerWatch {
  readonly ring = new LiveRing(POINTS_MAX);
  readonly server = new Observable<Server | undefined>(undefined);
  readonly heads = new Observable<readonly SeriesHead[]>([]);
  readonly refusal = new Observable<string | undefined>(undefined);
  readonly focused = new Observable(false);
  readonly #listeners = new Set<() => void>();

  readonly #serverId: string;

  constructor(serverId: string) {
    this.#serverId = serverId;
  }

  /** Listens to the server's topic until the returned function is called; while it does, the server reports every second. */
  start(): () => void {
    return live.listen<"server">(
      `server/${this.#serverId}`,
      (state) => this.#take(state),
      (code) => this.refusal.set(code),
    );
  }

  /** Calls after each new reading, in the same turn in which it arrived. */
  onReading(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(state: ServerState): void {
    if (state.series) {
      this.ring.setHeads(state.series);
      this.heads.set(state.series);
    }
    const newer = this.ring.append(state.at, state.values);
    if (newer) for (const listener of this.#listeners) listener();
    this.server.set(state.server);
    this.focused.set(state.focused);
  }
}
