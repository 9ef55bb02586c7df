import type { DatabaseSync } from "node:sqlite";
import { HOUR_MS } from "@muster/core";
import type { Block, Instant } from "@muster/core";
import { FrameScan } from "../frame-scan.ts";

/** As long as most sealed blocks. */
const BLOCK_MS = 2 * HOUR_MS;

/** The frames of a server as blocks, which is how a store file has them. */
export class FrameBlocks {
  readonly #scan: FrameScan;
  readonly #selectNext;

  constructor(db: DatabaseSync) {
    this.#scan = new FrameScan(db);
    this.#selectNext = db.prepare("SELECT min(at) AS at FROM frame WHERE server = ? AND at >= ?");
  }

  /** Ascending. */
  *of(server: number): Generator<Block> {
    let from: Instant = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const next = this.#selectNext.get(server, from)?.["at"];
      if (typeof next !== "number") return;
      from = Math.floor(next / BLOCK_MS) * BLOCK_MS + BLOCK_MS;
      yield this.#block(server, next, from);
    }
  }

  #block(server: number, from: Instant, until: Instant): Block {
    const layouts = this.#scan.layouts(server, from);
    const at: number[] = [];
    const found = new Map<number, (readonly [row: number, value: number])[]>();
    this.#scan.forward(server, { from, until }, (instant, layout, values) => {
      const row = at.push(instant) - 1;
      for (const [slot, series] of layouts.get(layout)?.entries() ?? []) {
        const value = values[slot] ?? NaN;
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
