import type { DatabaseSync } from "node:sqlite";
import type { Instant, TimeRange } from "@muster/core";
import { BATCHES_OF_IDS } from "./journal.ts";

/** Batches of one server, ascending. */
interface Entries {
  readonly ids: number[];
  readonly at: Instant[];
}

/** Knows where in the journal the batches of each server are, for the reading thread. */
export class JournalIndex {
  readonly #selectNew;
  readonly #selectDone;
  readonly #select;
  readonly #entries = new Map<number, Entries>();
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
      let entries = this.#entries.get(server);
      if (entries === undefined) this.#entries.set(server, (entries = { ids: [], at: [] }));
      entries.ids.push(id);
      entries.at.push(at);
      this.#lastId = id;
    }
  }

  /** Whether there may be a batch of a server. */
  has(server: number): boolean {
    return this.#entries.has(server);
  }

  /** The batches of a server that may have a row in the range, ascending: instant, layout, number of rows, numbers. */
  *rows(server: number, { from, until }: TimeRange, order: "up" | "down" = "up"): Generator<unknown> {
    const entries = this.#current(server);
    if (entries === undefined) return;
    let first = 0;
    while ((entries.at[first + 1] ?? Infinity) <= from) first++;
    let end = entries.ids.length;
    while (end > first && (entries.at[end - 1] ?? NaN) >= until) end--;
    if (first >= end) return;
    const ids = entries.ids.slice(first, end);
    yield* this.#select.iterate(JSON.stringify(order === "up" ? ids : ids.reverse()));
  }

  /** Without those that are in blocks by now. */
  #current(server: number): Entries | undefined {
    const entries = this.#entries.get(server);
    if (entries === undefined) return undefined;
    const done = Number(this.#selectDone.get(server)?.["journal_done"] ?? Infinity);
    const left = entries.ids.findIndex((id) => id > done);
    if (left < 0) {
      this.#entries.delete(server);
      return undefined;
    }
    entries.ids.splice(0, left);
    entries.at.splice(0, left);
    return entries;
  }
}
