import type { Logger } from "@muster/core";

/** What was started, released in reverse order; also after a start that failed half-way. */
export class Lifecycle {
  readonly #log: Logger;
  readonly #releases: { readonly name: string; readonly release: () => Promise<void> | void }[] = [];
  #stopping: Promise<void> | undefined;

  constructor(deps: { readonly log: Logger }) {
    this.#log = deps.log;
  }

  /** Registers how to release a part that runs now. */
  add(name: string, release: () => Promise<void> | void): void {
    this.#releases.push({ name, release });
  }

  /** Releases everything, newest first. A part that fails to stop is logged and does not keep the others. */
  stop(): Promise<void> {
    this.#stopping ??= this.#release();
    return this.#stopping;
  }

  async #release(): Promise<void> {
    for (let part = this.#releases.pop(); part; part = this.#releases.pop()) {
      try {
        await part.release();
      } catch (error) {
        this.#log.error("a part did not stop cleanly", { part: part.name, error });
      }
    }
  }
}
