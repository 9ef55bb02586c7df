import type { DatabaseSync } from "node:sqlite";
import type { Row } from "../metric-store.ts";
import { readIfWhole } from "./block-rows.ts";
import type { BlockRows } from "./block-rows.ts";
import type { Layouts, Plan } from "./layouts.ts";
import { packedValues } from "./packed-values.ts";
import { RAW } from "./schema.ts";

export interface FrameOutcome {
  readonly storedCount: number;
  readonly duplicateCount: number;
  readonly unknownSeriesCount: number;
}

/**
 * Writes what was read at one instant. At most one frame a server and instant: a second one is merged into the first.
 * A frame may come for a time that is sealed; then it holds only what the block there does not.
 */
export class Frames {
  readonly #layouts: Layouts;
  readonly #blocks: BlockRows;
  readonly #insert;
  readonly #select;
  readonly #update;

  constructor(db: DatabaseSync, layouts: Layouts, blocks: BlockRows) {
    this.#layouts = layouts;
    this.#blocks = blocks;
    const columns = "server, at, layout, samples, packed";
    this.#insert = db.prepare(`INSERT INTO frame (${columns}) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    this.#select = db.prepare("SELECT layout, samples, packed FROM frame WHERE server = ? AND at = ?");
    this.#update = db.prepare("UPDATE frame SET layout = ?, samples = ?, packed = ? WHERE server = ? AND at = ?");
  }

  store(plan: Plan, row: Row): FrameOutcome {
    const packed = new Float64Array(plan.layout.series.length).fill(NaN);
    let storedCount = 0;
    let duplicateCount = 0;
    let unknownSeriesCount = 0;
    for (let index = 0; index < row.values.length; index++) {
      const value = row.values[index] ?? NaN;
      if (!Number.isFinite(value)) continue;
      const slot = plan.slots[index] ?? -1;
      if (slot < 0) unknownSeriesCount++;
      else if (isRead(packed, slot)) duplicateCount++;
      else {
        packed[slot] = value;
        storedCount++;
      }
    }
    const { id, server } = plan.layout;
    if (storedCount > 0 && row.at < this.#blocks.sealedUntil(server)) {
      const sealedCount = this.#takeSealed(plan, row.at, packed);
      duplicateCount += sealedCount;
      storedCount -= sealedCount;
    }
    if (storedCount > 0) {
      this.#layouts.touch(plan.layout, row.at);
      if (this.#insert.run(server, row.at, id, storedCount, bytesOf(packed)).changes === 0) {
        const addedCount = this.#merge(plan, row.at, packed);
        duplicateCount += storedCount - addedCount;
        storedCount = addedCount;
      }
    }
    return { storedCount, duplicateCount, unknownSeriesCount };
  }

  /** Takes out what a block has at that instant, and answers how many that were. */
  #takeSealed(plan: Plan, at: number, packed: Float64Array): number {
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

  /** Adds to the frame at that instant what it does not have; what it has stays. Answers how many were added. */
  #merge(plan: Plan, at: number, packed: Float64Array): number {
    const { server } = plan.layout;
    const row = this.#select.get(server, at);
    const before = row && this.#layouts.byId(Number(row["layout"]));
    if (row === undefined || before === undefined) throw new Error(`frame ${server}/${at} has no layout`);
    const series = Uint32Array.from(new Set([...before.series, ...plan.layout.series])).sort();
    const layout = this.#layouts.of(server, series, at);
    const slotOf = new Map([...series].map((id, slot) => [id, slot]));
    const merged = new Float64Array(series.length).fill(NaN);
    const beforePacked = packedValues(row["packed"] as Uint8Array);
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

const isRead = (packed: Float64Array, slot: number): boolean => !Number.isNaN(packed[slot]);
const bytesOf = (packed: Float64Array): Uint8Array =>
  new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
