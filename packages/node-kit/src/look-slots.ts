interface Waiting {
  readonly box: string;
  /** Names who waits. */
  readonly signal: AbortSignal;
  readonly start: () => void;
}

/** Who may look now: so many at one time, and one at each box. */
export class LookSlots {
  readonly #max: number;
  readonly #busy = new Set<string>();
  readonly #waiting: Waiting[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Resolves when it is its turn, with what gives the slot back. When the signal aborts it resolves at once, with nothing
   * to give back: the caller looks at the signal.
   */
  take(box: string, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.resolve(() => undefined);
    if (this.#isFree(box)) return Promise.resolve(this.#occupy(box));
    return new Promise((resolve) => {
      const waiting: Waiting = {
        ...{ box, signal },
        start: () => {
          signal.removeEventListener("abort", abort);
          resolve(this.#occupy(box));
        },
      };
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        resolve(() => undefined);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.push(waiting);
    });
  }

  /** Puts whoever waits with this signal before all others. */
  hurry(signal: AbortSignal): void {
    const at = this.#waiting.findIndex((waiting) => waiting.signal === signal);
    if (at > 0) this.#waiting.unshift(...this.#waiting.splice(at, 1));
  }

  #isFree(box: string): boolean {
    return this.#busy.size < this.#max && !this.#busy.has(box);
  }

  #occupy(box: string): () => void {
    this.#busy.add(box);
    return () => {
      this.#busy.delete(box);
      const next = this.#waiting.findIndex((waiting) => this.#isFree(waiting.box));
      if (next >= 0) this.#waiting.splice(next, 1)[0]!.start();
    };
  }
}
