import type { DatabaseSync } from "node:sqlite";
import type { Instant, Labels } from "@muster/core";
import type { SeriesDescription, SeriesId } from "../metric-store.ts";
import { isStorable } from "../series-order.ts";

/** Which series a server has, and their numbers. */
export class SeriesRows {
  readonly #select;
  readonly #insert;
  readonly #count;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare("SELECT id FROM series WHERE server = ? AND metric = ? AND labels = ?");
    this.#insert = db.prepare("INSERT INTO series (server, metric, labels, created_at) VALUES (?, ?, ?, ?)");
    this.#count = db.prepare("SELECT count(*) AS series FROM series WHERE server = ?");
  }

  /** Finds or makes each; undefined where it cannot be stored or the server has as many as it may have. */
  register(
    server: number,
    descriptions: readonly SeriesDescription[],
    seriesPerServerMax: number,
    now: Instant,
  ): readonly (SeriesId | undefined)[] {
    let count = Number(this.#count.get(server)?.["series"]);
    return descriptions.map((description) => {
      if (!isStorable(description)) return undefined;
      const labels = labelsJson(description.labels);
      const known = this.#select.get(server, description.metric, labels);
      if (known !== undefined) return Number(known["id"]);
      if (count >= seriesPerServerMax) return undefined;
      count++;
      return Number(this.#insert.run(server, description.metric, labels, now).lastInsertRowid);
    });
  }
}

/** Sorted names make equal labels equal texts. */
const labelsJson = (labels: Labels): string =>
  JSON.stringify(Object.fromEntries(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1))));
