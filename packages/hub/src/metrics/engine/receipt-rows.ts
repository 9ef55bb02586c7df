import type { DatabaseSync } from "node:sqlite";
import { addSequences, hasSequence } from "@muster/core";
import type { SequenceRanges } from "@muster/core";

/**
 * Which numbers of each stream are stored. Kept as merged ranges: an agent that loses nothing has one row. Numbers of
 * batches in the journal stand there, and are known here until they become rows.
 */
export class ReceiptRows {
  readonly #noted = new Map<string, { readonly server: number; ranges: SequenceRanges }>();
  /** No row of the stream has a later number; most numbers that come are later, and need no look at the rows. */
  readonly #last = new Map<string, number>();
  readonly #streamsOf = new Map<number, Set<string>>();
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
    const noted = this.#noted.get(stream)?.ranges ?? [];
    return noted.reduce((ranges, [first, last]) => addSequences(ranges, first, last), this.#rowsOf(stream));
  }

  has(stream: string, seq: number): boolean {
    const noted = this.#noted.get(stream);
    if (noted !== undefined && hasSequence(noted.ranges, seq)) return true;
    if (seq > this.#lastOf(stream)) return false;
    const near = this.#near(stream, seq);
    return near !== undefined && near[1] >= seq;
  }

  #lastOf(stream: string): number {
    let last = this.#last.get(stream);
    if (last === undefined) this.#last.set(stream, (last = this.#near(stream, Number.MAX_SAFE_INTEGER)?.[1] ?? -1));
    return last;
  }

  /** A number that was not there. `server` is the one whose deletion takes the receipts along, where known. */
  add(stream: string, seq: number, server: number | undefined): void {
    const near = this.#near(stream, seq + 1);
    // Nearly always: the number after the last one.
    if (near !== undefined && near[1] === seq - 1) {
      this.#extend.run(seq, server ?? null, stream, near[0]);
      this.#noteLast(stream, seq);
    } else this.addRange(stream, seq, seq, server);
  }

  /** A number that stands in the journal. */
  note(stream: string, seq: number, server: number): void {
    const noted = this.#noted.get(stream);
    if (noted !== undefined) noted.ranges = addSequences(noted.ranges, seq);
    else this.#noted.set(stream, { server, ranges: [[seq, seq]] });
    const streams = this.#streamsOf.get(server);
    if (streams === undefined) this.#streamsOf.set(server, new Set([stream]));
    else streams.add(stream);
  }

  /** Writes down what was noted of a server. */
  flush(server: number): void {
    for (const stream of this.#streamsOf.get(server) ?? []) {
      for (const [first, last] of this.#noted.get(stream)?.ranges ?? []) this.addRange(stream, first, last, server);
      this.#noted.delete(stream);
    }
    this.#streamsOf.delete(server);
  }

  /** After a rollback. What was noted stands in the journal, and is noted anew from there. */
  forget(): void {
    this.#last.clear();
    this.#noted.clear();
    this.#streamsOf.clear();
  }

  addRange(stream: string, first: number, last: number, server: number | undefined): void {
    const merged = addSequences(this.#rowsOf(stream), first, last).find(
      (range) => range[0] <= first && range[1] >= last,
    );
    if (merged === undefined) return;
    const owner = server ?? this.#selectServer.get(stream)?.["server"] ?? null;
    this.#delete.run(stream, merged[1], merged[0]);
    this.#insert.run(stream, merged[0], merged[1], owner);
    this.#noteLast(stream, merged[1]);
  }

  #noteLast(stream: string, last: number): void {
    if (last > (this.#last.get(stream) ?? Infinity)) this.#last.set(stream, last);
  }

  #rowsOf(stream: string): SequenceRanges {
    return this.#select.all(stream).map((row) => [Number(row["first"]), Number(row["last"])] as const);
  }

  #near(stream: string, seq: number): readonly [number, number] | undefined {
    const row = this.#selectNear.get(stream, seq);
    return row === undefined ? undefined : [Number(row["first"]), Number(row["last"])];
  }
}
