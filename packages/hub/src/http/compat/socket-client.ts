import { authorize, takeToken } from "@muster/core";
import type { Bucket, Cancellable, Clock, Right } from "@muster/core";
import type { WebSocket } from "ws";
import type { Caller } from "../doors.ts";
import { LIVE_BUFFERED_BYTES_MAX, LIVE_MESSAGES, LIVE_SLOW_CLOSE_MS } from "../limits.ts";
import { LIVE_CLOSE } from "../live/live-client.ts";

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

/** A socket of another system's client: it is only told things, holds no backlog, and ends with the rights of its user. */
export class SocketClient {
  readonly #socket: WebSocket;
  readonly #deps: SocketClientDeps;
  readonly #ending = new AbortController();
  #actor: Actor;
  #looking: Cancellable | undefined;
  #isPingOut = false;
  #slowSinceMono: number | undefined;
  #messages: Bucket | undefined;

  constructor(socket: WebSocket, actor: Actor, deps: SocketClientDeps) {
    this.#socket = socket;
    this.#actor = actor;
    this.#deps = deps;
    socket.on("message", () => this.#takeMessage());
    socket.on("pong", () => (this.#isPingOut = false));
    socket.on("error", () => undefined);
    socket.on("close", () => this.#end());
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
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > LIVE_BUFFERED_BYTES_MAX) {
      const now = this.#deps.clock.monotonic();
      this.#slowSinceMono ??= now;
      if (now - this.#slowSinceMono > LIVE_SLOW_CLOSE_MS) this.close(LIVE_CLOSE.slow, "this client reads too slowly");
      return;
    }
    this.#slowSinceMono = undefined;
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.#deps.clock.after(2_000, () => this.#socket.terminate());
    this.#end();
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

  /** What those clients say, such as a ping of their own, needs no answer. */
  #takeMessage(): void {
    this.#isPingOut = false;
    const verdict = takeToken(LIVE_MESSAGES, this.#messages, this.#deps.clock.monotonic());
    this.#messages = verdict.bucket;
    if (!verdict.ok) this.close(LIVE_CLOSE.flooding, "too many messages");
  }

  #plan(): void {
    this.#looking = this.#deps.clock.after(LOOK_EVERY_MS, () => {
      if (this.#isPingOut) return this.#socket.terminate();
      this.#isPingOut = true;
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
      void this.recheck();
      this.#plan();
    });
  }

  #end(): void {
    if (this.signal.aborted) return;
    this.#looking?.cancel();
    this.#ending.abort();
    this.#deps.ended(this);
  }
}
