import { MusterError } from "@muster/core";
import type { Logger } from "@muster/core";
import type { CallName, Calls, LinkTest, ResultBody, StreamName, Streams } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { CommandEnds, Links, LinkTrial, ReachedLinks } from "../links.ts";
import { streamError } from "../stream-error.ts";
import type { Station } from "./station.ts";

/** One server without an agent, as the links of its kind keep it. */
export interface Stationed {
  readonly station: Station;
  /** Whether it could be asked for something just now. */
  readonly isReached: boolean;
  /** Answers to calls; a missing one cannot be asked here. Throws as `Links.call`. */
  readonly calls: {
    readonly [K in CallName]?: (params: Calls[K]["params"], signal: AbortSignal) => Promise<Calls[K]["result"]>;
  };
  /** Streams that it has. */
  readonly streams: {
    readonly [K in StreamName]?: (
      params: Streams[K]["params"],
      signal: AbortSignal,
    ) => AsyncGenerator<Streams[K]["item"], void, undefined>;
  };
  refresh(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** What links to servers have in common that the hub itself reads and acts on. */
export abstract class StationedLinks implements Links, ReachedLinks {
  protected abstract readonly servers: Map<string, Stationed>;
  readonly #fleet: Fleet;
  readonly #log: Logger;
  /** Those that are being let go, by server. */
  readonly #ending = new Map<string, Promise<void>>();
  #ends: CommandEnds | undefined;

  constructor({ fleet, log }: { readonly fleet: Fleet; readonly log: Logger }) {
    this.#fleet = fleet;
    this.#log = log;
  }

  abstract test(trial: LinkTrial, signal: AbortSignal): Promise<LinkTest>;
  /** Begins anew with a server as it is kept now; ends it where there is none, or it is shut out. */
  protected abstract renew(serverId: string): void;

  isConnected(serverId: string): boolean {
    return this.servers.get(serverId)?.isReached ?? false;
  }

  async call<K extends CallName>(
    serverId: string,
    name: K,
    params: Calls[K]["params"],
    signal: AbortSignal,
  ): Promise<Calls[K]["result"]> {
    const answer = this.#reached(serverId).calls[name];
    if (answer === undefined)
      throw new MusterError("NOT_FOUND", { message: "This server cannot be asked for that by the way it is reached." });
    return answer(params, signal);
  }

  commandProblem(serverId: string): ReturnType<Links["commandProblem"]> {
    const isActive = this.#fleet.get(serverId)?.known.state === "active";
    return isActive && this.isConnected(serverId) ? undefined : "SERVER_OFFLINE";
  }

  async deliver(serverId: string, core: string): Promise<void> {
    await this.#reached(serverId).station.run(core);
  }

  serve(ends: CommandEnds): void {
    this.#ends = ends;
  }

  async *stream<K extends StreamName>(
    serverId: string,
    name: K,
    params: Streams[K]["params"],
    signal: AbortSignal,
  ): AsyncGenerator<Streams[K]["item"], void, undefined> {
    const open = this.#reached(serverId).streams[name];
    if (open === undefined)
      throw new MusterError("LOG_UNREADABLE", {
        message:
          name === "logs.read"
            ? "This server keeps no logs that can be read by its link."
            : "This server cannot be asked for that by the way it is reached.",
      });
    try {
      yield* open(params, signal);
    } catch (error) {
      if (error instanceof MusterError || !(error instanceof Error)) throw error;
      throw streamError(error.message.slice(0, 500));
    }
  }

  disconnect(serverId: string): void {
    this.renew(serverId);
  }

  async refresh(serverId: string, signal: AbortSignal): Promise<void> {
    const server = this.servers.get(serverId);
    if (server === undefined) throw new MusterError("SERVER_OFFLINE");
    await server.refresh(signal);
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    for (const serverId of [...this.servers.keys()]) void this.end(serverId);
    await Promise.all(this.#ending.values());
  }

  /** Lets a server go. Resolves when it, and whatever it followed, has ended: two of one server would act side by side. */
  protected end(serverId: string): Promise<void> {
    const server = this.servers.get(serverId);
    const before = this.#ending.get(serverId) ?? Promise.resolve();
    if (server === undefined) return before;
    this.servers.delete(serverId);
    const ended = Promise.all([before, server.stop()])
      .catch((error: unknown) => this.#log.error("a server could not be let go in order", { serverId, error }))
      .then(() => {
        if (this.#ending.get(serverId) === ended) this.#ending.delete(serverId);
      });
    this.#ending.set(serverId, ended);
    return ended;
  }

  /** A server can take commands from now on. */
  protected connected(serverId: string): void {
    this.#fleet.changed(serverId);
    this.#ends?.connected(serverId);
  }

  protected async result(serverId: string, result: ResultBody): Promise<void> {
    if (this.#ends === undefined) throw new Error("nobody takes results yet");
    await this.#ends.result(serverId, result);
  }

  #reached(serverId: string): Stationed {
    const server = this.servers.get(serverId);
    if (server === undefined || !server.isReached) throw new MusterError("SERVER_OFFLINE");
    return server;
  }
}
