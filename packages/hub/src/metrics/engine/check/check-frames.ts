import type { DatabaseSync } from "node:sqlite";
import type { BlockReader, Instant } from "@muster/core";
import { unpackBlock } from "../block-bytes.ts";
import { frameNumbers, frameWidth } from "../frame-rows.ts";
import type { PackedFrame } from "../frame-rows.ts";
import { seriesOf } from "../layouts.ts";
import { RAW } from "../schema.ts";
import type { Findings } from "./findings.ts";
import { unlessDamaged } from "./unless-damaged.ts";

const FRAMES = "SELECT server, at, layout, rows, samples, packed FROM frame ORDER BY server, at";
/** Batches of the journal that are no frames yet. */
const WAITING = `SELECT server, at, layout, rows, samples, packed FROM journal JOIN server ON server.id = journal.server
  WHERE journal.id > journal_done AND name IS NOT NULL ORDER BY server, journal.id`;

interface Frame extends PackedFrame {
  readonly server: number;
  readonly samples: number;
}

/** Reads every frame and every batch that waits to become one; a sample may be in a frame or in a block, and in one of them only. */
export class CheckFrames {
  readonly #db: DatabaseSync;
  readonly #findings: Findings;
  readonly #selectBlock;
  /** Frames come in order of time, so many in a row lie in the same block. */
  #block:
    | { readonly server: number; readonly from: Instant; readonly until: Instant; reader?: BlockReader }
    | undefined;

  constructor(db: DatabaseSync, findings: Findings) {
    this.#db = db;
    this.#findings = findings;
    this.#selectBlock = db.prepare(
      `SELECT start, until, packed FROM block
       WHERE server = ? AND resolution = ${RAW} AND start <= ? ORDER BY start DESC LIMIT 1`,
    );
  }

  run(): { readonly frames: number; readonly samples: number } {
    const layouts = this.#layouts();
    let frames = 0;
    let samples = 0;
    for (const table of [FRAMES, WAITING]) {
      for (const row of this.#db.prepare(table).iterate()) {
        frames++;
        samples += this.#frame(
          {
            server: Number(row["server"]),
            at: Number(row["at"]),
            rowCount: Number(row["rows"]),
            samples: Number(row["samples"]),
            packed: row["packed"] as Uint8Array,
          },
          layouts.get(Number(row["layout"])),
        );
      }
    }
    return { frames, samples };
  }

  /** Answers how many samples it has. */
  #frame(frame: Frame, series: Uint32Array | undefined): number {
    const place = `server ${frame.server}, ${new Date(frame.at).toISOString()}`;
    const width = frameWidth(frame);
    if (!Number.isSafeInteger(width) || (series !== undefined && series.length !== width)) {
      this.#findings.add("frame-damaged", place);
      return 0;
    }
    const numbers = frameNumbers(frame.packed);
    const firstValue = frame.rowCount === 1 ? 0 : frame.rowCount;
    const values = numbers.subarray(firstValue);
    const count = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
    if (count !== frame.samples) this.#findings.add("frame-damaged", `${place}: miscounted`);
    // Of a server being deleted the layouts go first.
    if (series === undefined) return count;
    for (let row = 0; row < frame.rowCount; row++) {
      const at = frame.rowCount === 1 ? frame.at : (numbers[row] ?? NaN);
      const ofRow = values.subarray(row * width, (row + 1) * width);
      if (this.#isSealed(frame.server, at, series, ofRow)) this.#findings.add("frame-sealed-too", place);
    }
    return count;
  }

  #layouts(): ReadonlyMap<number, Uint32Array> {
    const rows = this.#db.prepare("SELECT id, series FROM layout").all();
    return new Map(rows.map((row) => [Number(row["id"]), seriesOf(row["series"] as Uint8Array)]));
  }

  #isSealed(server: number, at: Instant, series: Uint32Array, values: Float64Array): boolean {
    const block = this.#blockAt(server, at);
    const row = block?.rowAt(at) ?? -1;
    if (block === undefined || row < 0) return false;
    return series.some((id, slot) => {
      if (Number.isNaN(values[slot] ?? NaN)) return false;
      const column = unlessDamaged(() => block.column(id));
      return column !== undefined && !Number.isNaN(column[row] ?? NaN);
    });
  }

  #blockAt(server: number, at: Instant): BlockReader | undefined {
    const known = this.#block;
    if (known?.server === server && known.from <= at && at < known.until) return known.reader;
    const row = this.#selectBlock.get(server, at);
    if (row === undefined || Number(row["until"]) <= at) return undefined;
    // What is damaged is told by the check of blocks.
    const reader = unlessDamaged(() => unpackBlock(row["packed"] as Uint8Array));
    this.#block = { server, from: Number(row["start"]), until: Number(row["until"]), ...(reader && { reader }) };
    return reader;
  }
}
