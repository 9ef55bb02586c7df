import { MusterError } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import { untilHeard } from "@muster/node-kit";

export interface ProgressBoardConfig<T> {
  /** What one of them is called in the hub's log. */
  readonly what: string;
  /** Remembered, with those that are not over. */
  readonly keptMax: number;
  readonly isOver: (one: T) => boolean;
  /** Grows with each change. */
  readonly revision: (one: T) => number;
}

/**
 * What goes on by itself in the hub until it is over or the hub stops, and whoever waits for news of it. What is over is
 * forgotten when there is too much.
 */
export class ProgressBoard<T extends { readonly id: string }> {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #config: ProgressBoardConfig<T>;
  readonly #items = new Map<string, T>();
  readonly #listeners = new Set<(id: string) => void>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }, config: ProgressBoardConfig<T>) {
    this.#clock = clock;
    this.#log = log;
    this.#config = config;
  }

  /** Aborts, with an error for people, when the hub stops. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Remembers one and does its work. What that throws is a fault of ours and logged. */
  begin(one: T, work: () => Promise<void>): void {
    this.#add(one);
    const running = work()
      .catch((error: unknown) => this.#log.error(`${this.#config.what} could not be brought to its end`, { error }))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Ends all; resolves when all work has ended. */
  async stop(): Promise<void> {
    this.#stop.abort(new MusterError("STARTING", { message: "The hub is stopping. Ask again when it runs." }));
    await Promise.all(this.#running);
  }

  #add(one: T): void {
    for (const { id } of [...this.#items.values()].filter(this.#config.isOver)) {
      if (this.#items.size < this.#config.keptMax) break;
      this.#items.delete(id);
    }
    this.#items.set(one.id, one);
  }

  /** Newest first. */
  all(): readonly T[] {
    return [...this.#items.values()].toReversed();
  }

  /** Call after each change of one. */
  changed(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }

  /**
   * One when it is over or, with `after`, when it has a higher revision than that, or when the time is over. Throws
   * NOT_FOUND.
   */
  async wait(id: string, waitMs: number, after: number | undefined, signal: AbortSignal): Promise<T> {
    const one = this.#items.get(id);
    if (one === undefined) throw new MusterError("NOT_FOUND");
    const { isOver, revision } = this.#config;
    const isNews = (): boolean => isOver(one) || (after !== undefined && revision(one) > after);
    const listen = (listener: (changed: string) => void): (() => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    };
    if (!isNews())
      await untilHeard(listen, (changed) => changed === id && isNews(), waitMs, { clock: this.#clock, signal });
    return one;
  }
}
