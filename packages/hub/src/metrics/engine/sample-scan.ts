import type { DatabaseSync } from "node:sqlite";
import type { BlockColumns, BlockReader, Instant, TimeRange } from "@muster/core";
import { unpackBlock } from "./block-bytes.ts";
import { earliestStart } from "./block-rows.ts";
import { ColumnCache } from "./column-cache.ts";
import type { FrameScan } from "./frame-scan.ts";
import { RAW } from "./schema.ts";

/** Samples of one series, ascending. */
export interface Run {
  readonly at: Instant[];
  readonly values: number[];
}

/** Places `first` to `end` of two columns of one series, ascending; NaN where a row has no value. */
export type OnRun = (
  series: number,
  at: ArrayLike<Instant>,
  values: ArrayLike<number>,
  first: number,
  end: number,
) => void;

/** With more series at once, blocks are read as a whole. */
const CACHED_SERIES_MAX = 4;

/** Called before some samples are read, so that a reading can be given up. */
export type Look = (samples: number) => void;

/** Reads the samples of one server, wherever they lie: in blocks, and in frames after, between and inside of them. */
export class SampleScan {
  readonly frames: FrameScan;
  readonly #selectBlocks;
  readonly #selectBlocksBack;
  readonly #selectHeads;
  readonly #selectBlock;
  readonly #cache = new ColumnCache();

  constructor(db: DatabaseSync, frames: FrameScan) {
    this.frames = frames;
    const blocks =
      "FROM block WHERE server = ? AND resolution = ? AND start < ? AND start >= ? AND until > ? ORDER BY start";
    this.#selectBlocks = db.prepare(`SELECT packed ${blocks}`);
    this.#selectBlocksBack = db.prepare(`SELECT packed ${blocks} DESC`);
    this.#selectHeads = db.prepare(`SELECT id, start, until, samples, length(packed) ${blocks}`);
    this.#selectBlock = db.prepare("SELECT packed FROM block WHERE id = ?");
    this.#selectHeads.setReturnArrays(true);
    this.#selectBlocks.setReturnArrays(true);
    this.#selectBlocksBack.setReturnArrays(true);
  }

  /** Blocks that share an instant with the range, ascending or the newest first. */
  *blocks(server: number, resolution: number, range: TimeRange, order: "up" | "down" = "up"): Generator<BlockReader> {
    const statement = order === "up" ? this.#selectBlocks : this.#selectBlocksBack;
    for (const row of statement.iterate(server, resolution, range.until, earliestStart(range.from), range.from)) {
      const [packed] = row as unknown as readonly [Uint8Array];
      yield unpackBlock(packed);
    }
  }

  /** Gives the samples of the wanted series in the range in runs that ascend within each series. */
  forEachRun(server: number, range: TimeRange, wanted: readonly number[], look: Look, onRun: OnRun): void {
    const late = new FrameRuns(this.frameRuns(server, range, wanted, look), onRun);
    for (const [series, block] of this.#columns(server, range, wanted)) {
      const first = block.firstRowFrom(range.from);
      const end = block.firstRowFrom(range.until);
      if (first >= end) continue;
      look(end - first);
      const values = block.column(series);
      if (values === undefined) continue;
      let row = first;
      // Frames that lie inside of the block come between its rows.
      for (let at = late.nextAt(series); at < (block.at[end - 1] ?? NaN); at = late.nextAt(series)) {
        const split = Math.max(row, block.firstRowFrom(at));
        if (split > row) onRun(series, block.at, values, row, split);
        // At an instant that both have, the block has nothing of this series.
        late.give(series, block.at[block.at[split] === at ? split + 1 : split] ?? Infinity);
        row = split;
      }
      onRun(series, block.at, values, row, end);
    }
    late.giveAll();
  }

  /** Each of the series with each block that has it, block after block. */
  *#columns(
    server: number,
    range: TimeRange,
    wanted: readonly number[],
  ): Generator<readonly [series: number, block: BlockColumns]> {
    if (wanted.length > CACHED_SERIES_MAX) {
      for (const block of this.blocks(server, RAW, range)) for (const series of wanted) yield [series, block];
      return;
    }
    for (const row of this.#selectHeads.all(server, RAW, range.until, earliestStart(range.from), range.from)) {
      const [id, from, until, samples, bytes] = row as unknown as readonly [number, number, number, number, number];
      const head = { id, server, from, until, samples, bytes };
      let whole: BlockReader | undefined;
      const read = (): BlockReader => (whole ??= this.#readBlock(id));
      for (const series of wanted) {
        const block = this.#cache.get(head, series, read);
        if (block !== undefined) yield [series, block];
      }
    }
  }

  #readBlock(id: number): BlockReader {
    return unpackBlock(this.#selectBlock.get(id)?.["packed"] as Uint8Array);
  }

  /** What of the wanted series lies in frames, by series. */
  frameRuns(server: number, range: TimeRange, wanted: readonly number[], look: Look): ReadonlyMap<number, Run> {
    const runs = new Map<number, Run>();
    if (!this.frames.hasAny(server, range)) return runs;
    const picks = new Map<number, readonly (readonly [slot: number, run: Run])[]>();
    for (const [layout, series] of this.frames.layouts(server, range.from)) {
      const ofLayout: (readonly [number, Run])[] = [];
      for (const id of wanted) {
        const slot = series.indexOf(id);
        if (slot < 0) continue;
        const run = runs.get(id) ?? { at: [], values: [] };
        runs.set(id, run);
        ofLayout.push([slot, run]);
      }
      if (ofLayout.length > 0) picks.set(layout, ofLayout);
    }
    if (picks.size === 0) return runs;
    this.frames.forward(server, range, (at, layout, values, offset) => {
      look(wanted.length);
      for (const [slot, run] of picks.get(layout) ?? []) {
        const value = values[offset + slot] ?? NaN;
        if (Number.isNaN(value)) continue;
        run.at.push(at);
        run.values.push(value);
      }
    });
    return runs;
  }
}

/** Hands out what was found in frames, each series in its own time. */
class FrameRuns {
  readonly #runs: ReadonlyMap<number, Run>;
  readonly #next = new Map<number, number>();
  readonly #onRun: OnRun;

  constructor(runs: ReadonlyMap<number, Run>, onRun: OnRun) {
    this.#runs = runs;
    this.#onRun = onRun;
  }

  /** Infinity when nothing is left. */
  nextAt(series: number): Instant {
    return this.#runs.get(series)?.at[this.#next.get(series) ?? 0] ?? Infinity;
  }

  give(series: number, until: Instant): void {
    const run = this.#runs.get(series);
    if (run === undefined) return;
    const first = this.#next.get(series) ?? 0;
    let end = first;
    while ((run.at[end] ?? Infinity) < until) end++;
    if (end > first) this.#onRun(series, run.at, run.values, first, end);
    this.#next.set(series, end);
  }

  giveAll(): void {
    for (const series of this.#runs.keys()) this.give(series, Infinity);
  }
}
