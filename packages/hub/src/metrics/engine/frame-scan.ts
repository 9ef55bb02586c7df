import type { DatabaseSync } from "node:sqlite";
import type { Instant, TimeRange } from "@muster/core";
import { frameStart, frameWidth } from "./frame-rows.ts";
import type { JournalIndex } from "./journal-index.ts";
import { seriesOf } from "./layouts.ts";
import { LAYOUT_USE_STEP_MS } from "./schema.ts";

/** Values are at `offset` and after; the array is overwritten by the next frame. */
type OnRow = (at: Instant, layout: number, values: Float64Array, offset: number) => void;

/** Walks over the rows in the frames of one server, in either direction of time. */
export class FrameScan {
  readonly #selectServer;
  readonly #selectLayouts;
  readonly #selectAny;
  readonly #forward;
  readonly #backward;
  readonly #journal: JournalIndex | undefined;
  // One buffer for all frames: a view on each blob would cost more than the copy.
  #values = new Float64Array(4_096);
  #bytes = new Uint8Array(this.#values.buffer);

  /** With `journal` also over the batches that are no frames yet. */
  constructor(db: DatabaseSync, journal?: JournalIndex) {
    this.#journal = journal;
    const frames = "SELECT at, layout, rows, packed FROM frame WHERE server = ? AND at >= ? AND at < ? ORDER BY at";
    this.#selectServer = db.prepare("SELECT id FROM server WHERE name = ?");
    this.#selectLayouts = db.prepare("SELECT id, series FROM layout WHERE server = ? AND last_used_at >= ?");
    this.#selectAny = db.prepare("SELECT 1 FROM frame WHERE server = ? AND at >= ? AND at < ? LIMIT 1");
    this.#forward = db.prepare(frames);
    this.#backward = db.prepare(`${frames} DESC`);
    this.#forward.setReturnArrays(true);
    this.#backward.setReturnArrays(true);
  }

  serverRow(serverId: string): number | undefined {
    const row = this.#selectServer.get(serverId);
    return row === undefined ? undefined : Number(row["id"]);
  }

  /** Whether a server may have a row in a range: most have none once the two hours are sealed. */
  hasAny(server: number, { from, until }: TimeRange): boolean {
    if (this.#journal?.has(server) === true) return true;
    return this.#selectAny.get(server, frameStart(from), until) !== undefined;
  }

  /** The series of each layout that may have a row at or after `since`. */
  layouts(server: number, since: Instant): ReadonlyMap<number, Uint32Array> {
    const rows = this.#selectLayouts.all(server, since - LAYOUT_USE_STEP_MS);
    return new Map(rows.map((row) => [Number(row["id"]), seriesOf(row["series"] as Uint8Array)]));
  }

  forward(server: number, range: TimeRange, onRow: OnRow): void {
    this.#walk(this.#forward.iterate(server, frameStart(range.from), range.until), range, onRow);
    // Batches in the journal are later than all frames.
    if (this.#journal !== undefined) this.#walk(this.#journal.rows(server, range), range, onRow);
  }

  #walk(frames: Iterable<unknown>, { from, until }: TimeRange, onRow: OnRow): void {
    for (const frame of frames) {
      const { at, layout, rowCount, width } = this.#open(frame);
      if (rowCount === 1) {
        if (at >= from && at < until) onRow(at, layout, this.#values, 0);
        continue;
      }
      for (let row = 0; row < rowCount; row++) {
        const instant = this.#values[row] ?? NaN;
        if (instant >= from && instant < until) onRow(instant, layout, this.#values, rowCount + row * width);
      }
    }
  }

  /** Newest first, until `onRow` answers false. */
  backward(server: number, from: Instant, until: Instant, onRow: (...row: Parameters<OnRow>) => boolean): void {
    const batches = this.#journal?.rows(server, { from, until }, "down") ?? [];
    if (!this.#walkBack(batches, { from, until }, onRow)) return;
    this.#walkBack(this.#backward.iterate(server, frameStart(from), until), { from, until }, onRow);
  }

  /** The instant of the first row in a range, or of a row before it in the same frame. */
  firstAt(server: number, range: TimeRange): Instant | undefined {
    let first: Instant | undefined;
    for (const frame of this.#forward.iterate(server, frameStart(range.from), range.until)) {
      first = this.#open(frame).at;
      break;
    }
    for (const batch of first === undefined ? (this.#journal?.rows(server, range) ?? []) : []) {
      const { at, rowCount } = this.#open(batch);
      const last = rowCount === 1 ? at : (this.#values[rowCount - 1] ?? NaN);
      // The first batch may end before the range; it would be found again and again.
      if (last < range.from) continue;
      if (at < range.until) first = at;
      break;
    }
    return first;
  }

  #walkBack(
    frames: Iterable<unknown>,
    { from, until }: TimeRange,
    onRow: (...row: Parameters<OnRow>) => boolean,
  ): boolean {
    for (const frame of frames) {
      const { at, layout, rowCount, width } = this.#open(frame);
      for (let row = rowCount - 1; row >= 0; row--) {
        const instant = rowCount === 1 ? at : (this.#values[row] ?? NaN);
        if (instant < from || instant >= until) continue;
        if (!onRow(instant, layout, this.#values, rowCount === 1 ? 0 : rowCount + row * width)) return false;
      }
    }
    return true;
  }

  #open(frame: unknown): {
    readonly at: Instant;
    readonly layout: number;
    readonly rowCount: number;
    readonly width: number;
  } {
    const [at, layout, rowCount, packed] = frame as readonly [number, number, number, Uint8Array];
    if (packed.length > this.#bytes.length) {
      this.#values = new Float64Array(packed.length / 8);
      this.#bytes = new Uint8Array(this.#values.buffer);
    }
    this.#bytes.set(packed);
    return { at, layout, rowCount, width: frameWidth({ at, rowCount, packed }) };
  }
}
