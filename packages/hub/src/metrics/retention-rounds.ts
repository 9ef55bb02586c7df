import type { MetricWriter, Retention } from "./metric-store.ts";

/**
 * Drops what is no longer kept, one round after the other: two at the same time would drop by different settings, and
 * the older ones might have the last word.
 */
export class RetentionRounds {
  readonly #metrics: Pick<MetricWriter, "retain">;
  readonly #ages: () => Retention;
  #running: Promise<void> | undefined;
  /** The one that begins when the running one has ended; whoever asks meanwhile waits for it. */
  #next: Promise<void> | undefined;
  #isClosed = false;

  /** `ages` is asked at the beginning of each round, so that the newest choice counts. */
  constructor(deps: { readonly metrics: Pick<MetricWriter, "retain">; readonly ages: () => Retention }) {
    this.#metrics = deps.metrics;
    this.#ages = deps.ages;
  }

  /** Resolves when a round that began now or later has ended. Rejects as `retain` does; after `close` it does nothing. */
  run(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    const begin = (): Promise<void> => {
      this.#next = undefined;
      return this.#begin();
    };
    this.#next ??= this.#running.then(begin, begin);
    return this.#next;
  }

  /**
   * Begins no more rounds. One that runs ends by itself or with the store, whose refusal is then no failure.
   */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when none runs any more. */
  async ended(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
  }

  #begin(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    const round = this.#round().finally(() => {
      if (this.#running === round) this.#running = undefined;
    });
    this.#running = round;
    return round;
  }

  async #round(): Promise<void> {
    try {
      await this.#metrics.retain(this.#ages());
    } catch (error) {
      if (!this.#isClosed) throw error;
    }
  }
}
