import { authorize } from "@muster/core";
import type { Cancellable, Clock, Right } from "@muster/core";
import type { WebSocket } from "ws";
import type { Caller } from "../doors.ts";
import { LIVE_CLOSE, PacedSocket } from "../live/paced-socket.ts";

type Actor = Caller["actor"];

export interface SocketClientDeps {
  readonly clock: Clock;
  /** Who it is now; undefined when nobody any more. */
  readonly actorNow: () => Promise<Actor | undefined>;
  readonly rights: readonly Right[];
  readonly ended: (client: SocketClient) => void;
}

/** Rights are judged anew, and it is asked whether anybody is there, so often. */
const LOOK_EVERY_MS = 5_000;

/** A socket of another system's client: it is only told things, and ends with the rights of its user. */
export class SocketClient {
  readonly #socket: PacedSocket;
  readonly #deps: SocketClientDeps;
  readonly #ending = new AbortController();
  #actor: Actor;
  #looking: Cancellable | undefined;

  constructor(socket: WebSocket, actor: Actor, deps: SocketClientDeps) {
    this.#actor = actor;
    this.#deps = deps;
    this.#socket = new PacedSocket(socket, {
      clock: deps.clock,
      // What those clients say, such as a ping of their own, needs no answer.
      took: () => undefined,
      ended: () => this.#end(),
    });
    this.#plan();
  }

  get actor(): Actor {
    return this.#actor;
  }

  /** Aborts when the socket ends. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Left out where the client reads too slowly: what comes next is whole again. */
  send(message: object | string): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Ends it where its user may not have it any more, as far as can be told. */
  async recheck(): Promise<void> {
    const { actorNow, rights, clock } = this.#deps;
    const actor = await actorNow().catch(() => undefined);
    if (this.signal.aborted) return;
    if (actor === undefined) return this.close(LIVE_CLOSE.signedOut, "signed out");
    this.#actor = actor;
    if (rights.every((right) => authorize(actor, right, clock.now()).allow)) return;
    this.close(LIVE_CLOSE.signedOut, "the right to this was taken away");
  }

  #plan(): void {
    this.#looking = this.#deps.clock.after(LOOK_EVERY_MS, () => {
      this.#socket.ping();
      void this.recheck();
      this.#plan();
    });
  }

  #end(): void {
    this.#looking?.cancel();
    this.#ending.abort();
    this.#deps.ended(this);
  }
}
