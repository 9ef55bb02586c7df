import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "@muster/core";
import { readIfWhole } from "./block-rows.ts";
import type { BlockRows } from "./block-rows.ts";
import { bytesOf, frameNumbers, frameStart, frameWidth, lastInstant } from "./frame-rows.ts";
import type { Layout, Layouts, Plan } from "./layouts.ts";
import { RAW } from "./schema.ts";

export interface FrameOutcome {
  storedCount: number;
  duplicateCount: number;
  unknownSeriesCount: number;
}

/** Rows of a batch: the values of row i are those from i * width on. */
export interface BatchRows {
  readonly at: Float64Array;
  readonly values: Float64Array;
}

/**
 * Writes rows into frames. Rows that follow all there are of their server go into one frame together; any other one
 * goes into a frame of its own, for which a frame of several that reaches over it is taken apart. So at an instant there
 * is one row, into which a second one is merged. A row may come for a time that is sealed; then it holds only what the
 * block there does not.
 */
export class Frames {
  readonly #layouts: Layouts;
  readonly #blocks: BlockRows;
  readonly #insert;
  readonly #select;
  readonly #selectOldest;
  readonly #selectUpTo;
  readonly #update;
  readonly #delete;
  /** No row of the server is later. */
  readonly #newest = new Map<number, Instant>();
  /** Where the first frame of a server begins; Infinity when it has none. */
  readonly #oldest = new Map<number, Instant>();

  constructor(db: DatabaseSync, layouts: Layouts, blocks: BlockRows) {
    this.#layouts = layouts;
    this.#blocks = blocks;
    const columns = "server, at, layout, rows, samples, packed";
    this.#insert = db.prepare(`INSERT INTO frame (${columns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    this.#select = db.prepare("SELECT layout, samples, packed FROM frame WHERE server = ? AND at = ?");
    this.#selectOldest = db.prepare("SELECT min(at) AS at FROM frame WHERE server = ?");
    this.#selectUpTo = db.prepare(
      "SELECT at, layout, rows, packed FROM frame WHERE server = ? AND at <= ? ORDER BY at DESC LIMIT 1",
    );
    this.#update = db.prepare("UPDATE frame SET layout = ?, samples = ?, packed = ? WHERE server = ? AND at = ?");
    this.#delete = db.prepare("DELETE FROM frame WHERE server = ? AND at = ?");
  }

  store(plan: Plan, rows: BatchRows): FrameOutcome {
    const outcome = { storedCount: 0, duplicateCount: 0, unknownSeriesCount: 0 };
    const { server, series } = plan.layout;
    const values = inLayout(plan, rows, outcome);
    const sealedUntil = this.#blocks.sealedUntil(server);
    for (let first = 0; first < rows.at.length;) {
      const end = inOrderUntil(rows.at, first, Math.max(this.#newestOf(server), sealedUntil - 1));
      if (end > first) this.#append(plan.layout, rows.at.subarray(first, end), values, first, outcome);
      else {
        const packed = values.slice(first * series.length, (first + 1) * series.length);
        this.#put(plan, rows.at[first] ?? NaN, packed, outcome);
      }
      first = Math.max(end, first + 1);
    }
    return outcome;
  }

  /** Whether rows ascend and are later than all there are of their server, sealed ones too. */
  follows(server: number, at: Float64Array): boolean {
    let before = Math.max(this.#newestOf(server), this.#blocks.sealedUntil(server) - 1);
    for (const instant of at) {
      if (!(instant > before)) return false;
      before = instant;
    }
    return true;
  }

  /** Says that there is a row this late elsewhere. */
  noteNewest(server: number, at: Instant): void {
    this.#newest.set(server, Math.max(at, this.#newestOf(server)));
  }

  /** Makes sure that no frame has rows on both sides of an instant. */
  splitAt(server: number, instant: Instant): void {
    const row = this.#selectUpTo.get(server, instant);
    if (row === undefined) return;
    const frame = { at: Number(row["at"]), rowCount: Number(row["rows"]), packed: row["packed"] as Uint8Array };
    if (frame.rowCount === 1 || lastInstant(frame) < instant) return;
    this.#delete.run(server, frame.at);
    const numbers = frameNumbers(frame.packed);
    const width = frameWidth(frame);
    for (let index = 0; index < frame.rowCount; index++) {
      const offset = frame.rowCount + index * width;
      const packed = numbers.slice(offset, offset + width);
      const at = numbers[index] ?? NaN;
      this.#insert.run(server, at, Number(row["layout"]), 1, countOf(packed, 0, width), bytesOf(packed));
    }
  }

  /** Where the first frame of a server begins; Infinity when it has none. Asked each minute for each server. */
  oldestOf(server: number): Instant {
    let oldest = this.#oldest.get(server);
    if (oldest === undefined) {
      const at = this.#selectOldest.get(server)?.["at"];
      this.#oldest.set(server, (oldest = typeof at === "number" ? at : Infinity));
    }
    return oldest;
  }

  /** Frames of the server were deleted elsewhere. */
  noteDeleted(server: number): void {
    this.#oldest.delete(server);
  }

  /** After a rollback. */
  forget(): void {
    this.#newest.clear();
    this.#oldest.clear();
  }

  #noteOldest(server: number, at: Instant): void {
    if (at < (this.#oldest.get(server) ?? -Infinity)) this.#oldest.set(server, at);
  }

  /** Rows that are later than all there are, of one stretch. */
  #append(layout: Layout, at: Float64Array, values: Float64Array, first: number, outcome: FrameOutcome): void {
    const { id, server } = layout;
    const width = layout.series.length;
    const rowCount = at.length;
    const begin = first * width;
    const end = begin + rowCount * width;
    const samples = countOf(values, begin, end);
    if (samples === 0) return;
    const packed = packRows(at, values.subarray(begin, end));
    const last = at[rowCount - 1] ?? NaN;
    this.#layouts.touch(layout, last);
    this.#insert.run(server, at[0] ?? NaN, id, rowCount, samples, bytesOf(packed));
    this.#noteOldest(server, at[0] ?? NaN);
    this.noteNewest(server, last);
    outcome.storedCount += samples;
  }

  /** One row of any time. */
  #put(plan: Plan, at: Instant, packed: Float64Array, outcome: FrameOutcome): void {
    const { id, server } = plan.layout;
    let count = countOf(packed, 0, packed.length);
    if (count > 0 && at < this.#blocks.sealedUntil(server)) {
      const sealedCount = this.#takeSealed(plan, at, packed);
      outcome.duplicateCount += sealedCount;
      count -= sealedCount;
    }
    if (count === 0) return;
    this.splitAt(server, at);
    this.#layouts.touch(plan.layout, at);
    if (this.#insert.run(server, at, id, 1, count, bytesOf(packed)).changes === 0) {
      const addedCount = this.#merge(plan, at, packed);
      outcome.duplicateCount += count - addedCount;
      count = addedCount;
    }
    outcome.storedCount += count;
    this.#noteOldest(server, at);
    this.noteNewest(server, at);
  }

  #newestOf(server: number): Instant {
    const known = this.#newest.get(server);
    if (known !== undefined) return known;
    const row = this.#selectUpTo.get(server, Number.MAX_SAFE_INTEGER);
    const newest =
      row === undefined
        ? -Infinity
        : lastInstant({ at: Number(row["at"]), rowCount: Number(row["rows"]), packed: row["packed"] as Uint8Array });
    this.#newest.set(server, newest);
    return newest;
  }

  /** Takes out what a block has at that instant, and answers how many that were. */
  #takeSealed(plan: Plan, at: Instant, packed: Float64Array): number {
    const [sealed] = this.#blocks.overlapping(plan.layout.server, RAW, { from: at, until: at + 1 });
    // Of a damaged block nobody knows what it had, and the new sample is the better one.
    const block = readIfWhole(sealed);
    const row = block?.rowAt(at) ?? -1;
    let sealedCount = 0;
    for (const [slot, series] of plan.layout.series.entries()) {
      if (row < 0 || !isRead(packed, slot) || Number.isNaN(block?.column(series)?.[row] ?? NaN)) continue;
      packed[slot] = NaN;
      sealedCount++;
    }
    return sealedCount;
  }

  /** Adds to the row at that instant what it does not have; what it has stays. Answers how many were added. */
  #merge(plan: Plan, at: Instant, packed: Float64Array): number {
    const { server } = plan.layout;
    const row = this.#select.get(server, at);
    const before = row && this.#layouts.byId(Number(row["layout"]));
    if (row === undefined || before === undefined) throw new Error(`frame ${server}/${at} has no layout`);
    const series = Uint32Array.from(new Set([...before.series, ...plan.layout.series])).sort();
    const layout = this.#layouts.of(server, series, at);
    const slotOf = new Map([...series].map((id, slot) => [id, slot]));
    const merged = new Float64Array(series.length).fill(NaN);
    const beforePacked = frameNumbers(row["packed"] as Uint8Array);
    for (const [index, id] of before.series.entries()) merged[slotOf.get(id) ?? NaN] = beforePacked[index] ?? NaN;
    let addedCount = 0;
    for (const [index, id] of plan.layout.series.entries()) {
      const slot = slotOf.get(id) ?? NaN;
      if (!isRead(packed, index) || isRead(merged, slot)) continue;
      merged[slot] = packed[index] ?? NaN;
      addedCount++;
    }
    if (addedCount > 0) {
      this.#layouts.touch(layout, at);
      this.#update.run(layout.id, Number(row["samples"]) + addedCount, bytesOf(merged), server, at);
    }
    return addedCount;
  }
}

/** As rows lie in a frame. */
export function packRows(at: Float64Array, values: Float64Array): Float64Array {
  if (at.length === 1) return values;
  const packed = new Float64Array(at.length + values.length);
  packed.set(at);
  packed.set(values, at.length);
  return packed;
}

/** What is not finite was not read; answers how many numbers are left. */
export function dropInfinite(values: Float64Array): number {
  let count = 0;
  for (let index = 0; index < values.length; index++) {
    if (Number.isFinite(values[index] ?? NaN)) count++;
    else values[index] = NaN;
  }
  return count;
}

/** The values in the order of the layout, NaN where nothing was read; counts what has no place there. */
function inLayout(plan: Plan, { at, values }: BatchRows, outcome: FrameOutcome): Float64Array {
  if (plan.isAsAsked) {
    dropInfinite(values);
    return values;
  }
  const width = plan.layout.series.length;
  const asked = plan.slots.length;
  const placed = new Float64Array(at.length * width).fill(NaN);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (!Number.isFinite(value)) continue;
    const slot = plan.slots[index % asked] ?? -1;
    const place = Math.floor(index / asked) * width + slot;
    if (slot < 0) outcome.unknownSeriesCount++;
    else if (isRead(placed, place)) outcome.duplicateCount++;
    else placed[place] = value;
  }
  return placed;
}

/** Up to where instants ascend in one stretch, all of them later than `newest`; `first` when the first one does not. */
function inOrderUntil(at: Float64Array, first: number, newest: Instant): number {
  const stretch = frameStart(at[first] ?? NaN);
  let before = newest;
  let end = first;
  for (; end < at.length; end++) {
    const instant = at[end] ?? NaN;
    if (!(instant > before) || frameStart(instant) !== stretch) break;
    before = instant;
  }
  return end;
}

/** How many of some places hold a number. */
export function countOf(values: Float64Array, first: number, end: number): number {
  let count = 0;
  for (let index = first; index < end; index++) if (isRead(values, index)) count++;
  return count;
}

const isRead = (packed: Float64Array, slot: number): boolean => !Number.isNaN(packed[slot] ?? NaN);
