/** A difference below this is the network and the wait for a round, not the clock. */
const NOTICED_MS = 5_000;
const MEASUREMENTS = 3;
/** Readings that arrive closer together were held up together and are one measurement. */
const BURST_MS = 500;

/**
 * How far a server's clock stands ahead of the hub's. A reading that was held up on its way looks like a clock that
 * stands behind, so the greatest of the newest measurements counts: a step forward shows at once, a step back after
 * three readings, and a stall of the network or of the hub not at all.
 */
export class ClockOffset {
  #newest: number[];
  #newestMono = Number.NEGATIVE_INFINITY;
  #ms: number;

  constructor(firstMs: number) {
    this.#newest = [firstMs];
    this.#ms = firstMs;
  }

  get ms(): number {
    return this.#ms;
  }

  /** Takes in a measurement made at this monotonic time; true when the offset changed by it. */
  measure(offsetMs: number, monotonicMs: number): boolean {
    if (monotonicMs - this.#newestMono < BURST_MS) {
      const last = this.#newest.length - 1;
      this.#newest[last] = Math.max(this.#newest[last]!, offsetMs);
    } else {
      this.#newest = [...this.#newest, offsetMs].slice(-MEASUREMENTS);
      this.#newestMono = monotonicMs;
    }
    const greatest = Math.max(...this.#newest);
    if (Math.abs(greatest - this.#ms) < NOTICED_MS) return false;
    this.#ms = greatest;
    return true;
  }
}
