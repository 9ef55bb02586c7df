import { takeToken } from "@muster/core";
import type { Bucket, Clock } from "@muster/core";
import type { WebSocket } from "ws";
import { LIVE_BUFFERED_BYTES_MAX, LIVE_MESSAGES, LIVE_SLOW_CLOSE_MS } from "../limits.ts";

export const LIVE_CLOSE = { protocol: 4400, signedOut: 4401, flooding: 1008, slow: 1013, restarting: 1012 } as const;

/** How long whoever was told that it is over may take to close its side. */
const CLOSING_MS = 2_000;

export interface PacedSocketDeps {
  readonly clock: Clock;
  /** What the client says; nothing after the end. */
  readonly took: (message: Buffer, isBinary: boolean) => void;
  /** Called once, whichever side ended it. */
  readonly ended: () => void;
}

/** The socket of a client that is told things: it holds no backlog, and whoever floods, is away or does not read is closed. */
export class PacedSocket {
  readonly #socket: WebSocket;
  readonly #deps: PacedSocketDeps;
  #isEnded = false;
  #isPingOut = false;
  #slowSinceMono: number | undefined;
  #messages: Bucket | undefined;

  constructor(socket: WebSocket, deps: PacedSocketDeps) {
    this.#socket = socket;
    this.#deps = deps;
    socket.on("message", (message: Buffer, isBinary: boolean) => this.#take(message, isBinary));
    socket.on("pong", () => (this.#isPingOut = false));
    socket.on("error", () => undefined);
    socket.on("close", () => this.#end());
  }

  /** False when the client reads too slowly and this was left out. */
  send(text: string): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return true;
    if (this.#socket.bufferedAmount > LIVE_BUFFERED_BYTES_MAX) {
      const now = this.#deps.clock.monotonic();
      this.#slowSinceMono ??= now;
      if (now - this.#slowSinceMono > LIVE_SLOW_CLOSE_MS) this.close(LIVE_CLOSE.slow, "this client reads too slowly");
      return false;
    }
    this.#slowSinceMono = undefined;
    this.#socket.send(text);
    return true;
  }

  /** Call now and then: a client that did not answer the last ping is gone. */
  ping(): void {
    if (this.#isPingOut) return this.#socket.terminate();
    this.#isPingOut = true;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  close(code: number, reason: string): void {
    if (this.#isEnded) return;
    this.#socket.close(code, reason);
    this.#deps.clock.after(CLOSING_MS, () => this.#socket.terminate());
    this.#end();
  }

  #take(message: Buffer, isBinary: boolean): void {
    // What still arrives while the socket closes must not take anything up again.
    if (this.#isEnded) return;
    this.#isPingOut = false;
    // What a message asks for may be a whole snapshot, so somebody who asks in a circle would keep the hub busy.
    const verdict = takeToken(LIVE_MESSAGES, this.#messages, this.#deps.clock.monotonic());
    this.#messages = verdict.bucket;
    if (verdict.ok) this.#deps.took(message, isBinary);
    else this.close(LIVE_CLOSE.flooding, "too many messages");
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#deps.ended();
  }
}
