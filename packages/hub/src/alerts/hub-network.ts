import { isLoopback, judgeNetwork, networkText } from "@muster/core";
import type { Clock, HeardServer, NetworkLook, NetworkVerdict } from "@muster/core";
import type { EgressFailure } from "@muster/node-kit";
import type { Fleet } from "../fleet/fleet.ts";

export interface HubNetworkDeps {
  readonly fleet: Pick<Fleet, "get" | "ids" | "presenceOf">;
  readonly clock: Clock;
  /** Whether the machine has a default route; undefined where that cannot be told. */
  readonly hasRoute: () => boolean | undefined;
  /** Addresses of the hub's own machine, asked of its system: who comes from there needs no network. */
  readonly ownAddresses: () => ReadonlySet<string>;
  /** Whether some rule tells of this trouble. What nobody would be told of holds nothing. */
  readonly isTold: () => boolean;
}

/** Failures that are those of a network: the others come from somebody who was reached. */
const NO_NETWORK: readonly EgressFailure[] = ["name-not-found", "unreachable", "timed-out"];

/** Whether the network that the hub hangs on is lost: looked at each turn of the rules, and judged by `judgeNetwork`. */
export class HubNetwork {
  readonly #deps: HubNetworkDeps;
  readonly #startedMs: number;
  #reachedMs = Number.NEGATIVE_INFINITY;
  #unreachedMs = Number.NEGATIVE_INFINITY;
  #own: ReadonlySet<string>;
  #route: NetworkLook["route"] = "unknown";
  #verdict: NetworkVerdict = { is: "up" };

  constructor(deps: HubNetworkDeps) {
    this.#deps = deps;
    this.#startedMs = deps.clock.monotonic();
    this.#own = deps.ownAddresses();
  }

  /** Notes what came of a request to somebody else; without a failure somebody answered. */
  noteLookOut({ host, failure }: { readonly host: string; readonly failure: EgressFailure | undefined }): void {
    if (isLoopback(host)) return;
    const nowMs = this.#deps.clock.monotonic();
    if (failure === undefined) this.#reachedMs = nowMs;
    else if (NO_NETWORK.includes(failure)) this.#unreachedMs = nowMs;
  }

  /** Judges anew. */
  look(): void {
    const { clock, hasRoute, ownAddresses } = this.#deps;
    this.#own = ownAddresses();
    const has = hasRoute();
    // A machine that never had one, or whose table cannot be read, is not judged by it.
    if (has !== undefined) this.#route = has ? "there" : this.#route === "unknown" ? "unknown" : "missing";
    const look = { reachedMs: this.#reachedMs, unreachedMs: this.#unreachedMs, route: this.#route };
    this.#verdict = judgeNetwork({ ...look, servers: this.#servers() }, clock.monotonic());
  }

  /** What is wrong, for people; undefined while nothing is. */
  get trouble(): string | undefined {
    return this.#verdict.is === "down" ? networkText(this.#verdict) : undefined;
  }

  /** Whether it holds back whatever is behind it. */
  get isDown(): boolean {
    return this.#verdict.is === "down" && this.#deps.isTold();
  }

  /** Whether what is lost just now may be lost for this, which will be known in a moment. */
  get isSuspected(): boolean {
    return this.#verdict.is === "suspected" && this.#deps.isTold();
  }

  /** Whether a server is on the hub's own machine. */
  isOwn(serverId: string): boolean {
    return this.#isOwnAddress(this.#deps.fleet.get(serverId)?.address);
  }

  #isOwnAddress(address: string | undefined): boolean {
    if (address === undefined) return false;
    const plain = address.replace(/^::ffff:/, "");
    return isLoopback(plain) || this.#own.has(plain);
  }

  #servers(): readonly HeardServer[] {
    const { fleet } = this.#deps;
    return fleet.ids().flatMap((id): readonly HeardServer[] => {
      const server = fleet.get(id);
      if (server === undefined || server.known.state !== "active" || this.#isOwnAddress(server.address)) return [];
      const { is } = fleet.presenceOf(server);
      if (is === "pending") return [];
      // What was heard before the hub's start was lost at the start at the latest.
      const heardMs = server.heardMono ?? this.#startedMs;
      const isLost = is === "offline" || (is === "stale" && server.heardMono !== undefined);
      return [{ heardMs, intervalMs: server.known.intervalMs, isLost }];
    });
  }
}
