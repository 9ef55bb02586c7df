import type { Cancellable, Clock, Instant } from "@muster/core";

/** Real time, so many times faster: for what waits half a minute and talks over real sockets meanwhile. */
export class FastClock implements Clock {
  readonly #factor: number;
  readonly #startAt: Instant = Date.now();
  readonly #startMs = performance.now();

  constructor(factor: number) {
    this.#factor = factor;
  }

  now(): Instant {
    return Math.round(this.#startAt + this.#elapsedMs());
  }

  monotonic(): number {
    return 5_000 + this.#elapsedMs();
  }

  after(delayMs: number, fn: () => void): Cancellable {
    const timer = setTimeout(fn, delayMs / this.#factor).unref();
    return { cancel: () => clearTimeout(timer) };
  }

  #elapsedMs(): number {
    return (performance.now() - this.#startMs) * this.#factor;
  }
}
