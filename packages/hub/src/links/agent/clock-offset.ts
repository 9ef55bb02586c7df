/** A difference below this is the network and the wait for a round, not the clock. */
const NOTICED_MS = 5_000;
const MEASUREMENTS = 3;

/**
 * How far a server's clock stands ahead of the hub's. A reading that was held up on its way looks like a clock that
 * stands behind, so the greatest of the newest measurements counts: a step forward shows at once, a step back after
 * three readings, and a stall of the network or of the hub not at all.
 */
export class ClockOffset {
  #newest: number[];
  #ms: number;

  constructor(firstMs: number) {
    this.#newest = [firstMs];
    this.#ms = firstMs;
  }

  get ms(): number {
    return this.#ms;
  }

  /** Takes a measurement in; true when the offset changed by it. */
  measure(offsetMs: number): boolean {
    this.#newest = [...this.#newest, offsetMs].slice(-MEASUREMENTS);
    const greatest = Math.max(...this.#newest);
    if (Math.abs(greatest - this.#ms) < NOTICED_MS) return false;
    this.#ms = greatest;
    return true;
  }
}
