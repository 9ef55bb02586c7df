import type { DatabaseSync } from "node:sqlite";

/** Which metric a series belongs to. */
export class MetricNames {
  readonly #select;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare("SELECT metric FROM series WHERE id = ?");
  }

  /** Empty for a series that is gone. */
  of(series: number): string {
    return String(this.#select.get(series)?.["metric"] ?? "");
  }
}
