import type { Clock } from "@muster/core";

/** How long a listing of devices, interfaces or sensors is believed: hardware comes and goes rarely. */
export const RESCAN_MS = 60_000;

/** A value that is costly to find and changes rarely: found again after `everyMs`. */
export class Rescan<Value> {
  readonly #clock: Clock;
  readonly #find: () => Promise<Value>;
  readonly #everyMs: number;
  #found: { readonly value: Value; readonly atMs: number } | undefined;

  constructor(clock: Clock, find: () => Promise<Value>, everyMs: number = RESCAN_MS) {
    this.#clock = clock;
    this.#find = find;
    this.#everyMs = everyMs;
  }

  async get(): Promise<Value> {
    const now = this.#clock.monotonic();
    if (this.#found === undefined || now - this.#found.atMs >= this.#everyMs) {
      this.#found = { value: await this.#find(), atMs: now };
    }
    return this.#found.value;
  }

  /** The next `get` finds anew: something unknown was seen. */
  forget(): void {
    this.#found = undefined;
  }
}
