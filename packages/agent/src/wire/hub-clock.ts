import type { Clock, Instant } from "@muster/core";

/**
 * The hub's time, told by the hub and carried on by the monotonic clock: a step of the machine's own clock changes no
 * command's window.
 */
export class HubClock {
  readonly #clock: Clock;
  #told: { readonly now: Instant; readonly atMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  tell(now: Instant): void {
    this.#told = { now, atMs: this.#clock.monotonic() };
  }

  /** Undefined before the hub has said anything. */
  now(): Instant | undefined {
    return this.#told === undefined ? undefined : this.#told.now + (this.#clock.monotonic() - this.#told.atMs);
  }

  /** How far the machine's clock is ahead of the hub's, in milliseconds. */
  offsetMs(): number | undefined {
    const hubNow = this.now();
    return hubNow === undefined ? undefined : this.#clock.now() - hubNow;
  }
}
