import type { DatabaseSync } from "node:sqlite";
import { HOUR_MS } from "@muster/core";
import type { Block, Instant } from "@muster/core";
import { FrameScan } from "../frame-scan.ts";
import { JournalIndex } from "../journal-index.ts";

/** As long as most sealed blocks. */
const BLOCK_MS = 2 * HOUR_MS;

/** What of a server waits to be sealed, as blocks, which is how a store file has them. */
export class FrameBlocks {
  readonly #scan: FrameScan;

  constructor(db: DatabaseSync) {
    const journal = new JournalIndex(db);
    journal.catchUp();
    this.#scan = new FrameScan(db, journal);
  }

  /** Ascending. */
  *of(server: number): Generator<Block> {
    let from: Instant = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const next = this.#scan.firstAt(server, { from, until: Number.MAX_SAFE_INTEGER });
      if (next === undefined) return;
      const begin = Math.max(next, from);
      const until = Math.floor(begin / BLOCK_MS) * BLOCK_MS + BLOCK_MS;
      const block = this.#block(server, begin, until);
      if (block.at.length > 0) yield block;
      from = until;
    }
  }

  #block(server: number, from: Instant, until: Instant): Block {
    const layouts = this.#scan.layouts(server, from);
    const at: number[] = [];
    const found = new Map<number, (readonly [row: number, value: number])[]>();
    this.#scan.forward(server, { from, until }, (instant, layout, values, offset) => {
      const row = at.push(instant) - 1;
      for (const [slot, series] of layouts.get(layout)?.entries() ?? []) {
        const value = values[offset + slot] ?? NaN;
        if (Number.isNaN(value)) continue;
        const column = found.get(series);
        if (column === undefined) found.set(series, [[row, value]]);
        else column.push([row, value]);
      }
    });
    const columns = new Map<number, Float64Array>();
    for (const [series, readings] of found) {
      const column = new Float64Array(at.length).fill(NaN);
      for (const [row, value] of readings) column[row] = value;
      columns.set(series, column);
    }
    return { at: Float64Array.from(at), columns };
  }
}
