import type { DatabaseSync } from "node:sqlite";
import type { Instant, TimeRange } from "@muster/core";
import { BATCHES_OF_IDS } from "./journal.ts";

interface Entry {
  readonly id: number;
  readonly at: Instant;
}

/** Knows where in the journal the batches of each server are, for the reading thread. */
export class JournalIndex {
  readonly #selectNew;
  readonly #selectDone;
  readonly #select;
  readonly #entries = new Map<number, Entry[]>();
  #lastId = 0;

  constructor(db: DatabaseSync) {
    this.#selectNew = db.prepare("SELECT id, server, at FROM journal WHERE id > ? ORDER BY id");
    this.#selectDone = db.prepare("SELECT journal_done FROM server WHERE id = ?");
    this.#select = db.prepare(BATCHES_OF_IDS);
    this.#selectNew.setReturnArrays(true);
    this.#select.setReturnArrays(true);
  }

  /** Takes in what came since; called at the beginning of each read transaction. */
  catchUp(): void {
    for (const row of this.#selectNew.iterate(this.#lastId)) {
      const [id, server, at] = row as unknown as readonly [number, number, number];
      const entries = this.#entries.get(server);
      if (entries === undefined) this.#entries.set(server, [{ id, at }]);
      else entries.push({ id, at });
      this.#lastId = id;
    }
  }

  /** The batches of a server that may have a row in the range, ascending: instant, layout, number of rows, numbers. */
  *rows(server: number, { from, until }: TimeRange, order: "up" | "down" = "up"): Generator<unknown> {
    const entries = this.#current(server);
    let first = 0;
    while ((entries[first + 1]?.at ?? Infinity) <= from) first++;
    let end = entries.length;
    while (end > first && (entries[end - 1]?.at ?? NaN) >= until) end--;
    if (first >= end) return;
    const ids = entries.slice(first, end).map(({ id }) => id);
    yield* this.#select.iterate(JSON.stringify(order === "up" ? ids : ids.reverse()));
  }

  /** Without those that are frames by now. */
  #current(server: number): readonly Entry[] {
    const entries = this.#entries.get(server) ?? [];
    const done = Number(this.#selectDone.get(server)?.["journal_done"] ?? Infinity);
    const count = entries.findIndex(({ id }) => id > done);
    if (count !== 0) entries.splice(0, count < 0 ? entries.length : count);
    return entries;
  }
}
