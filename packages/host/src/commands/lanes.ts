export interface LanesConfig {
  readonly atOnceMax: number;
  /** Under way and waiting together. */
  readonly takenMax: number;
}

/**
 * Work on different targets runs side by side, on the same target one after the other in the order of asking; never more
 * than so many at one time.
 */
export class Lanes {
  readonly #config: LanesConfig;
  readonly #ends = new Map<string, Promise<unknown>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #taken = 0;

  constructor(config: LanesConfig) {
    this.#config = config;
  }

  get isFull(): boolean {
    return this.#taken >= this.#config.takenMax;
  }

  /** The work must not reject for the sake of others; whoever asks looks at `isFull` first. An empty lane has no order. */
  run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    this.#taken++;
    const before = lane === "" ? Promise.resolve() : (this.#ends.get(lane) ?? Promise.resolve());
    const done = before.then(() => this.#inSlot(work)).finally(() => this.#taken--);
    if (lane === "") return done;
    const end = done.catch(() => undefined);
    this.#ends.set(lane, end);
    void end.then(() => {
      if (this.#ends.get(lane) === end) this.#ends.delete(lane);
    });
    return done;
  }

  async #inSlot<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running >= this.#config.atOnceMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}
