import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "@muster/core";

/** From when on each resolution is whole: what is older was dropped, though coarser roll-ups of it may be left. */
export class Retained {
  readonly #select;
  readonly #raise;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare("SELECT since FROM retained WHERE resolution = ?");
    this.#raise = db.prepare("UPDATE retained SET since = max(since, ?) WHERE resolution = ?");
  }

  since(resolutionMs: number): Instant {
    return Number(this.#select.get(resolutionMs)?.["since"] ?? Number.MIN_SAFE_INTEGER);
  }

  /** Never lowers it. */
  raise(resolutionMs: number, since: Instant): void {
    this.#raise.run(since, resolutionMs);
  }
}
