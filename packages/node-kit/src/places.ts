/** So many at a time; who comes later waits in line. */
export class Places {
  #free: number;
  #count: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = this.#count = count;
  }

  get taken(): number {
    return this.#count - this.#free;
  }

  /** Waits for a place; gives how to leave it, which may be called again. Throws the signal's reason when it aborts before. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0 && this.#waiting.length === 0) this.#free--;
    else await this.#queue(signal);
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      this.#free++;
      this.#admit();
    };
  }

  /** There are fewer places than was thought. Those who have one keep it. */
  shrinkTo(count: number): void {
    this.#free -= Math.max(0, this.#count - count);
    this.#count = Math.min(this.#count, count);
  }

  #admit(): void {
    while (this.#free > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#free--;
      next();
    }
  }

  #queue(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const admitted = (): void => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(admitted), 1);
        reject(signal.reason as Error);
      };
      this.#waiting.push(admitted);
      signal.addEventListener("abort", abort, { once: true });
    });
  }
}
