import type { DatabaseSync } from "node:sqlite";
import { addSequences } from "@muster/core";
import type { SequenceRanges } from "@muster/core";

/** Which numbers of each stream are stored. Kept as merged ranges: an agent that loses nothing has one row. */
export class ReceiptRows {
  readonly #select;
  readonly #selectNear;
  readonly #selectServer;
  readonly #extend;
  readonly #insert;
  readonly #delete;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare("SELECT first, last FROM receipt WHERE stream = ? ORDER BY first");
    this.#selectNear = db.prepare(
      "SELECT first, last FROM receipt WHERE stream = ? AND first <= ? ORDER BY first DESC LIMIT 1",
    );
    this.#selectServer = db.prepare("SELECT server FROM receipt WHERE stream = ? AND server IS NOT NULL LIMIT 1");
    this.#extend = db.prepare(
      "UPDATE receipt SET last = ?, server = coalesce(server, ?) WHERE stream = ? AND first = ?",
    );
    this.#insert = db.prepare("INSERT INTO receipt (stream, first, last, server) VALUES (?, ?, ?, ?)");
    this.#delete = db.prepare("DELETE FROM receipt WHERE stream = ? AND first <= ? AND last >= ?");
  }

  of(stream: string): SequenceRanges {
    return this.#select.all(stream).map((row) => [Number(row["first"]), Number(row["last"])] as const);
  }

  /** False when that number was there. `server` is the one whose deletion takes the receipts along, where known. */
  add(stream: string, seq: number, server: number | undefined): boolean {
    const near = this.#near(stream, seq + 1);
    if (near !== undefined && near[1] >= seq && near[0] <= seq) return false;
    // Nearly always: the number after the last one.
    if (near !== undefined && near[1] === seq - 1) this.#extend.run(seq, server ?? null, stream, near[0]);
    else this.addRange(stream, seq, seq, server);
    return true;
  }

  addRange(stream: string, first: number, last: number, server: number | undefined): void {
    const merged = addSequences(this.of(stream), first, last).find((range) => range[0] <= first && range[1] >= last);
    if (merged === undefined) return;
    const owner = server ?? this.#selectServer.get(stream)?.["server"] ?? null;
    this.#delete.run(stream, merged[1], merged[0]);
    this.#insert.run(stream, merged[0], merged[1], owner);
  }

  #near(stream: string, seq: number): readonly [number, number] | undefined {
    const row = this.#selectNear.get(stream, seq);
    return row === undefined ? undefined : [Number(row["first"]), Number(row["last"])];
  }
}
