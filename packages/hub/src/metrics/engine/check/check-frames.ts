import type { DatabaseSync } from "node:sqlite";
import type { BlockReader, Instant } from "@muster/core";
import { unpackBlock } from "../block-bytes.ts";
import { seriesOf } from "../layouts.ts";
import { packedValues } from "../packed-values.ts";
import { RAW } from "../schema.ts";
import type { Findings } from "./findings.ts";
import { unlessDamaged } from "./unless-damaged.ts";

/** Reads every frame; a sample may be in a frame or in a block, and in one of them only. */
export class CheckFrames {
  readonly #db: DatabaseSync;
  readonly #findings: Findings;
  readonly #selectBlock;
  /** Frames come in order of time, so many in a row lie in the same block. */
  #block: { readonly server: number; readonly from: Instant; readonly until: Instant; reader?: BlockReader } | undefined;

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
    const rows = this.#db.prepare("SELECT server, at, layout, samples, packed FROM frame ORDER BY server, at");
    for (const row of rows.iterate()) {
      frames++;
      const [server, at] = [Number(row["server"]), Number(row["at"])];
      const place = `server ${server}, ${new Date(at).toISOString()}`;
      const series = layouts.get(Number(row["layout"]));
      const packed = row["packed"] as Uint8Array;
      if (packed.length % 8 !== 0 || (series !== undefined && series.length * 8 !== packed.length)) {
        this.#findings.add("frame-damaged", place);
        continue;
      }
      const values = packedValues(packed);
      const count = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
      samples += count;
      if (count !== Number(row["samples"])) this.#findings.add("frame-damaged", `${place}: miscounted`);
      // Of a server being deleted the layouts go first.
      if (series === undefined) continue;
      if (this.#isSealed(server, at, series, values)) this.#findings.add("frame-sealed-too", place);
    }
    return { frames, samples };
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
