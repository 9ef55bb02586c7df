import type { DatabaseSync } from "node:sqlite";
import { HOUR_MS, MINUTE_MS } from "@muster/core";
import type { Block, Instant } from "@muster/core";
import type { BlockRows } from "./block-rows.ts";
import { bytesOf, frameNumbers, lastInstant } from "./frame-rows.ts";
import type { PackedFrame } from "./frame-rows.ts";
import { countOf, dropInfinite, packRows } from "./frames.ts";
import type { BatchRows, Frames } from "./frames.ts";
import type { Layouts, Plan } from "./layouts.ts";
import type { ReceiptRows } from "./receipt-rows.ts";

/** Larger batches fill pages of their own, and gain nothing by waiting. */
const BATCH_ROWS_MAX = 8;
/** So many batches of a server are put together in any case. */
const BATCHES_MAX = 256;
/** Then a server's batches are put together: fewer than this make blocks that cost much a sample. */
const PATIENCE_MS = 15 * MINUTE_MS;
/** Servers take turns. */
const SPREAD_MS = 5 * MINUTE_MS;
const SPREAD_STEP_MS = 7_919;
/** What is this old may belong to hours of the fleet that are gathered next, and must be sealed before. */
const OLD_MS = 50 * MINUTE_MS;
const ROWS_PER_DELETE = 5_000;

type Batch = readonly [at: Instant, layout: number, rowCount: number, packed: Uint8Array];

/** In the order of a JSON array of ids; half as dear as one after the other. */
export const BATCHES_OF_IDS =
  "SELECT at, layout, rows, packed FROM json_each(?) JOIN journal ON journal.id = json_each.value";

/** What of one server waits in the journal. */
interface Waiting {
  readonly ids: number[];
  readonly firstAt: Instant;
  /** When the first one came, as of the last `tick`. */
  readonly since: Instant;
}

/**
 * Where batches lie in the order in which they came, a few bytes beside each other whatever their servers, so that a
 * commit writes two or three pages and not one for each server. After a quarter of an hour those of one server are put
 * together as a young block. Only rows that follow all there are of their server come here; before any other one is
 * stored, the server's batches become such a block. So the journal's rows are later than all others.
 *
 * `server.journal_done` says up to which batch a server's are in blocks; those before the first one of any server that
 * still counts are deleted.
 */
export class Journal {
  readonly #layouts: Layouts;
  readonly #frames: Frames;
  readonly #blocks: BlockRows;
  readonly #receipts: ReceiptRows;
  readonly #insert;
  readonly #select;
  readonly #selectAll;
  readonly #selectLast;
  readonly #setDone;
  readonly #selectFirst;
  readonly #deleteUpTo;
  #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #now: Instant = 0;

  constructor(
    db: DatabaseSync,
    parts: {
      readonly layouts: Layouts;
      readonly frames: Frames;
      readonly blocks: BlockRows;
      readonly receipts: ReceiptRows;
    },
  ) {
    this.#layouts = parts.layouts;
    this.#frames = parts.frames;
    this.#blocks = parts.blocks;
    this.#receipts = parts.receipts;
    this.#insert = db.prepare(
      "INSERT INTO journal (id, server, at, layout, rows, samples, stream, seq, packed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#select = db.prepare(BATCHES_OF_IDS);
    this.#selectAll = db.prepare(
      `SELECT journal.id, server, at, rows, stream, seq, packed FROM journal JOIN server ON server.id = journal.server
       WHERE journal.id > server.journal_done AND server.name IS NOT NULL ORDER BY journal.id`,
    );
    this.#selectLast = db.prepare(
      "SELECT max((SELECT coalesce(max(id), 0) FROM journal), (SELECT coalesce(max(journal_done), 0) FROM server)) AS last",
    );
    this.#select.setReturnArrays(true);
    this.#setDone = db.prepare("UPDATE server SET journal_done = ? WHERE id = ?");
    this.#selectFirst = db.prepare("SELECT min(id) AS id FROM journal");
    this.#deleteUpTo = db.prepare("DELETE FROM journal WHERE id <= ?");
    this.load();
  }

  /** Learns what is there: at the start, and after a rollback. */
  load(): void {
    this.#waiting = new Map();
    this.#receipts.forget();
    this.#lastId = Number(this.#selectLast.get()?.["last"]);
    for (const row of this.#selectAll.iterate()) {
      const server = Number(row["server"]);
      const frame = { at: Number(row["at"]), rowCount: Number(row["rows"]), packed: row["packed"] as Uint8Array };
      this.#note(server, Number(row["id"]), frame.at);
      this.#frames.noteNewest(server, lastInstant(frame));
      if (row["stream"] !== null) this.#receipts.note(String(row["stream"]), Number(row["seq"]), server);
    }
  }

  /** The time by which batches are judged to have waited long enough. */
  tick(now: Instant): void {
    this.#now = now;
  }

  /**
   * Takes a batch whose rows follow all there are of its server, with its receipt, and answers how many samples that
   * were; undefined when it is none for the journal.
   */
  take(
    plan: Plan,
    rows: BatchRows,
    receipt: { readonly stream: string; readonly seq: number } | undefined,
  ): number | undefined {
    const { id: layout, server } = plan.layout;
    const rowCount = rows.at.length;
    // Columns that have no place in the layout are counted where frames are written.
    if (rowCount > BATCH_ROWS_MAX || !plan.isAsAsked || !this.#frames.follows(server, rows.at)) return undefined;
    const samples = dropInfinite(rows.values);
    if (samples === 0) return undefined;
    const packed = packRows(rows.at, rows.values);
    const last = rows.at[rowCount - 1] ?? NaN;
    this.#layouts.touch(plan.layout, last);
    const id = this.#lastId + 1;
    const { stream = null, seq = null } = receipt ?? {};
    this.#insert.run(id, server, rows.at[0] ?? NaN, layout, rowCount, samples, stream, seq, bytesOf(packed));
    this.#lastId = id;
    this.#note(server, id, rows.at[0] ?? NaN);
    this.#frames.noteNewest(server, last);
    if (receipt !== undefined) this.#receipts.note(receipt.stream, receipt.seq, server);
    return samples;
  }

  isDue(server: number): boolean {
    const waiting = this.#waiting.get(server);
    if (waiting === undefined) return false;
    const patienceMs = PATIENCE_MS + ((server * SPREAD_STEP_MS) % SPREAD_MS);
    const isOld = this.#now - waiting.firstAt >= OLD_MS;
    return isOld || waiting.ids.length >= BATCHES_MAX || this.#now - waiting.since >= patienceMs;
  }

  /** The instant of the first row that waits. */
  firstAt(server: number): Instant | undefined {
    return this.#waiting.get(server)?.firstAt;
  }

  /** Puts the batches of a server into young blocks; answers how many there were. */
  flush(server: number): number {
    const waiting = this.#waiting.get(server);
    if (waiting === undefined) return 0;
    const batches = this.#select.all(JSON.stringify(waiting.ids)) as unknown as readonly Batch[];
    if (batches.length !== waiting.ids.length) throw new Error(`the journal lacks batches of server ${server}`);
    const gathered = new GatheredRows(
      this.#layouts,
      batches.reduce((sum, [, , rowCount]) => sum + rowCount, 0),
    );
    for (const [at, layout, rowCount, packed] of batches) gathered.add(layout, { at, rowCount, packed });
    for (const { samples, ...block } of gathered.blocks()) {
      const span = { from: block.at[0] ?? NaN, until: (block.at.at(-1) ?? NaN) + 1 };
      this.#blocks.insertYoung(server, span, samples, block);
    }
    this.#receipts.flush(server);
    this.#setDone.run(waiting.ids.at(-1) ?? 0, server);
    this.#waiting.delete(server);
    return waiting.ids.length;
  }

  /** Deletes some batches that count no longer. */
  prune(): void {
    const first = this.#selectFirst.get()?.["id"];
    if (typeof first !== "number") return;
    let kept = this.#lastId + 1;
    for (const { ids } of this.#waiting.values()) kept = Math.min(kept, ids[0] ?? kept);
    const last = Math.min(kept - 1, first + ROWS_PER_DELETE);
    if (last >= first) this.#deleteUpTo.run(last);
  }

  #note(server: number, id: number, at: Instant): void {
    const waiting = this.#waiting.get(server);
    if (waiting === undefined) this.#waiting.set(server, { ids: [id], firstAt: at, since: this.#now });
    else waiting.ids.push(id);
  }
}

/** The rows of some batches as columns, whatever their layouts. */
class GatheredRows {
  readonly #layouts: Layouts;
  readonly #at: Float64Array;
  readonly #columns = new Map<number, Float64Array>();
  #layout: number | undefined;
  #columnsOfLayout: readonly Float64Array[] = [];
  #rowCount = 0;

  constructor(layouts: Layouts, rowCount: number) {
    this.#layouts = layouts;
    this.#at = new Float64Array(rowCount);
  }

  add(layout: number, frame: PackedFrame): void {
    if (layout !== this.#layout) this.#turnTo(layout);
    const { at, rowCount, packed } = frame;
    const numbers = frameNumbers(packed);
    let offset = rowCount === 1 ? 0 : rowCount;
    for (let index = 0; index < rowCount; index++) {
      const row = this.#rowCount++;
      this.#at[row] = rowCount === 1 ? at : (numbers[index] ?? NaN);
      for (const column of this.#columnsOfLayout) column[row] = numbers[offset++] ?? NaN;
    }
  }

  /** Block by block, none of them across an hour, because hours are sealed whole. */
  *blocks(): Generator<Block & { readonly samples: number }> {
    for (let first = 0; first < this.#rowCount;) {
      const until = Math.floor((this.#at[first] ?? NaN) / HOUR_MS) * HOUR_MS + HOUR_MS;
      let end = first;
      while (end < this.#rowCount && (this.#at[end] ?? NaN) < until) end++;
      const columns = new Map<number, Float64Array>();
      let samples = 0;
      for (const [series, column] of this.#columns) {
        const values = column.subarray(first, end);
        const count = countOf(values, 0, values.length);
        if (count > 0) columns.set(series, values);
        samples += count;
      }
      yield { at: this.#at.subarray(first, end), columns, samples };
      first = end;
    }
  }

  #turnTo(layout: number): void {
    const series = this.#layouts.byId(layout)?.series;
    if (series === undefined) throw new Error(`a batch of the journal has no layout ${layout}`);
    this.#layout = layout;
    this.#columnsOfLayout = Array.from(series, (id) => {
      let column = this.#columns.get(id);
      if (column === undefined) this.#columns.set(id, (column = new Float64Array(this.#at.length).fill(NaN)));
      return column;
    });
  }
}
