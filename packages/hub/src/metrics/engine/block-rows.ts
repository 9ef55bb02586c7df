import type { DatabaseSync } from "node:sqlite";
import { DAY_MS, isMusterError } from "@muster/core";
import type { Block, BlockReader, Instant, TimeRange } from "@muster/core";
import { packBlock, packTighter, packYoung, unpackBlock } from "./block-bytes.ts";
import { RAW } from "./schema.ts";

export interface BlockRow extends TimeRange {
  readonly id: number;
  readonly samples: number;
  /** Whether it waits to be sealed. */
  readonly isYoung: boolean;
  /** Throws DATABASE_DAMAGED. */
  read(): BlockReader;
}

/**
 * Where a block begins at the earliest that reaches an instant: none is longer than a day. With this bound the index
 * finds it without a walk over all that are older.
 */
export const earliestStart = (from: Instant): Instant => Math.max(from - DAY_MS, Number.MIN_SAFE_INTEGER);

/** Undefined where the block is damaged. */
export function readIfWhole(row: BlockRow | undefined): BlockReader | undefined {
  try {
    return row?.read();
  } catch (error) {
    if (isMusterError(error, "DATABASE_DAMAGED")) return undefined;
    throw error;
  }
}

/** The blocks, as the writing thread changes them. What is written is counted by day. */
export class BlockRows {
  readonly #select;
  readonly #selectPacked;
  readonly #updatePacked;
  readonly #selectUntil;
  readonly #selectOldestYoung;
  readonly #selectBefore;
  readonly #insert;
  readonly #delete;
  readonly #setAside;
  readonly #selectShape;
  readonly #addToTally;
  readonly #countDay;
  readonly #sealedUntil = new Map<number, Instant>();
  readonly #oldestYoung = new Map<number, Instant>();
  #lastRead: { readonly id: number; readonly reader: BlockReader } | undefined;

  constructor(db: DatabaseSync) {
    const of = "FROM block WHERE server = ? AND resolution = ?";
    this.#select = db.prepare(
      `SELECT id, start, until, samples, young ${of} AND start < ? AND start >= ? AND until > ? ORDER BY start`,
    );
    this.#selectPacked = db.prepare("SELECT packed FROM block WHERE id = ?");
    this.#updatePacked = db.prepare("UPDATE block SET packed = ? WHERE id = ?");
    this.#selectUntil = db.prepare(`SELECT until ${of} ORDER BY start DESC LIMIT 1`);
    this.#selectOldestYoung = db.prepare(
      `SELECT min(start) AS start FROM block WHERE server = ? AND young = 1 AND resolution = ${RAW}`,
    );
    this.#selectBefore = db.prepare(`SELECT start, until ${of} AND start < ? ORDER BY start LIMIT ?`);
    this.#insert = db.prepare(
      "INSERT INTO block (server, resolution, start, until, samples, young, packed) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#delete = db.prepare(
      "DELETE FROM block WHERE id = ? RETURNING resolution, start, samples, length(packed) AS bytes",
    );
    this.#addToTally = db.prepare("UPDATE tally SET samples = samples + ?");
    this.#setAside = db.prepare("UPDATE block SET resolution = -id WHERE id = ?");
    this.#selectShape = db.prepare("SELECT resolution, length(packed) AS bytes FROM block WHERE id = ?");
    this.#countDay = db.prepare(
      `INSERT INTO stock (resolution, day, samples, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET samples = samples + excluded.samples, bytes = bytes + excluded.bytes`,
    );
  }

  /** Those that share an instant with the range, ascending. */
  overlapping(server: number, resolution: number, range: TimeRange): readonly BlockRow[] {
    return this.#select.all(server, resolution, range.until, earliestStart(range.from), range.from).map((row) => {
      const id = Number(row["id"]);
      const span = { from: Number(row["start"]), until: Number(row["until"]) };
      const isYoung = row["young"] === 1;
      return { id, ...span, samples: Number(row["samples"]), isYoung, read: () => this.#read(id) };
    });
  }

  /** Bounds of the first so many that begin before an instant. */
  before(server: number, resolution: number, instant: Instant, countMax: number): readonly TimeRange[] {
    const rows = this.#selectBefore.all(server, resolution, instant, countMax);
    return rows.map((row) => ({ from: Number(row["start"]), until: Number(row["until"]) }));
  }

  /** Where the newest block of samples ends; -Infinity when there is none. */
  sealedUntil(server: number): Instant {
    const known = this.#sealedUntil.get(server);
    if (known !== undefined) return known;
    const until = Number(this.#selectUntil.get(server, RAW)?.["until"] ?? -Infinity);
    this.#sealedUntil.set(server, until);
    return until;
  }

  insert(server: number, resolution: number, span: TimeRange, samples: number, block: Block): void {
    this.#put(server, resolution, span, samples, 0, packBlock(block));
  }

  /** Samples whose two hours are not over. */
  insertYoung(server: number, span: TimeRange, samples: number, block: Block): void {
    this.#put(server, RAW, span, samples, 1, packYoung(block));
    if (span.from < (this.#oldestYoung.get(server) ?? -Infinity)) this.#oldestYoung.set(server, span.from);
  }

  /** Where the first block of a server begins that waits to be sealed; Infinity when there is none. Asked each minute for each server. */
  oldestYoungOf(server: number): Instant {
    let oldest = this.#oldestYoung.get(server);
    if (oldest === undefined) {
      const start = this.#selectOldestYoung.get(server)?.["start"];
      this.#oldestYoung.set(server, (oldest = typeof start === "number" ? start : Infinity));
    }
    return oldest;
  }

  /** Adds to what the day of an instant holds. */
  count(resolution: number, start: Instant, samples: number, bytes: number): void {
    this.#countDay.run(resolution, Math.floor(start / DAY_MS), samples, bytes);
  }

  delete(server: number, row: BlockRow): void {
    const gone = this.#delete.get(row.id);
    if (gone === undefined) return;
    this.count(Number(gone["resolution"]), Number(gone["start"]), -Number(gone["samples"]), -Number(gone["bytes"]));
    this.#sealedUntil.delete(server);
    if (row.isYoung) this.#oldestYoung.delete(server);
    if (this.#lastRead?.id === row.id) this.#lastRead = undefined;
  }

  /** Packs blocks of samples tighter that have become old. */
  tighten(server: number, range: TimeRange): void {
    for (const row of this.overlapping(server, RAW, range)) {
      const packed = this.#selectPacked.get(row.id)?.["packed"] as Uint8Array;
      const tighter = packTighter(packed);
      if (tighter === undefined) continue;
      this.#updatePacked.run(tighter, row.id);
      this.count(RAW, row.from, 0, tighter.length - packed.length);
    }
  }

  /** Takes a damaged block out of the way of what is to be sealed; it stays in the file, under a resolution of its own. */
  setAside(server: number, row: BlockRow): void {
    const shape = this.#selectShape.get(row.id);
    if (shape === undefined) return;
    const resolution = Number(shape["resolution"]);
    this.#setAside.run(row.id);
    this.count(resolution, row.from, -row.samples, -Number(shape["bytes"]));
    if (resolution === RAW) this.#addToTally.run(-row.samples);
    this.#sealedUntil.delete(server);
    if (row.isYoung) this.#oldestYoung.delete(server);
  }

  /** After a rollback. */
  forget(): void {
    this.#sealedUntil.clear();
    this.#oldestYoung.clear();
    this.#lastRead = undefined;
  }

  #put(server: number, resolution: number, span: TimeRange, samples: number, young: 0 | 1, packed: Uint8Array): void {
    this.#insert.run(server, resolution, span.from, span.until, samples, young, packed);
    this.count(resolution, span.from, samples, packed.length);
    this.#sealedUntil.delete(server);
  }

  /** Late rows come many at a time, so the last block read is kept. */
  #read(id: number): BlockReader {
    if (this.#lastRead?.id !== id) {
      this.#lastRead = { id, reader: unpackBlock(this.#selectPacked.get(id)?.["packed"] as Uint8Array) };
    }
    return this.#lastRead.reader;
  }
}
