/** More than so many waiting for one box is a mistake somewhere. */
const WAITING_MAX = 64;

/** One action at a time for each box: who comes later waits for a turn. */
export class BoxTurns {
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Runs work when all that came before for this box has ended. `busy`: too many wait; `aborted`: the signal came first. */
  async run<T>(box: string, work: () => Promise<T>, signal: AbortSignal): Promise<T | "busy" | "aborted"> {
    const queue = this.#waiting.get(box);
    if (queue === undefined) this.#waiting.set(box, []);
    else {
      if (queue.length >= WAITING_MAX) return "busy";
      if (!(await turn(queue, signal))) return "aborted";
    }
    try {
      return signal.aborted ? "aborted" : await work();
    } finally {
      this.#next(box);
    }
  }

  #next(box: string): void {
    const next = this.#waiting.get(box)?.shift();
    if (next === undefined) this.#waiting.delete(box);
    else next();
  }
}

/** False when the signal aborts before it is this one's turn. */
function turn(queue: (() => void)[], signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const start = (): void => {
      signal.removeEventListener("abort", abort);
      resolve(true);
    };
    const abort = (): void => {
      queue.splice(queue.indexOf(start), 1);
      resolve(false);
    };
    queue.push(start);
    signal.addEventListener("abort", abort, { once: true });
  });
}
