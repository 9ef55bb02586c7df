import type { Clock } from "@muster/core";
import { KEEPALIVE_MS } from "@muster/protocol";
import type { WebSocket } from "ws";

/** Knows when a connection last said something, and asks it when it has been silent for long. */
export class SilenceWatch {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  #lastHeardMono: number;
  #isPingOut = false;
  #pongs: (() => void)[] = [];

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#lastHeardMono = clock.monotonic();
  }

  noteHeard(): void {
    this.#lastHeardMono = this.#clock.monotonic();
  }

  notePong(): void {
    this.#isPingOut = false;
    for (const heard of this.#pongs.splice(0)) heard();
  }

  /** Whether the other side answers a ping within the time: a half-open connection does not. */
  isAlive(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(withinMs, () => resolve(false));
      this.#pongs.push(() => {
        timer.cancel();
        resolve(true);
      });
      this.#ping();
    });
  }

  /** Asks after one interval of silence; `dead` when asked and nothing came for long. */
  check(intervalMs: number): "alive" | "dead" {
    const silentMs = this.#clock.monotonic() - this.#lastHeardMono;
    if (silentMs < Math.min(KEEPALIVE_MS, intervalMs)) return "alive";
    if (this.#isPingOut && silentMs >= 2 * KEEPALIVE_MS) return "dead";
    this.#isPingOut = true;
    this.#ping();
    return "alive";
  }

  #ping(): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }
}
