import type { DatabaseSync } from "node:sqlite";
import { HOUR_MS } from "@muster/core";
import type { BlockReader, Instant, TimeRange } from "@muster/core";
import { unpackBlock } from "./block-bytes.ts";
import type { FrameScan } from "./frame-scan.ts";
import { RAW } from "./schema.ts";

/** Samples of one series, ascending. */
export interface Run {
  readonly at: Instant[];
  readonly values: number[];
}

/** Reads the samples of one server, wherever they lie: in blocks, and in frames after, between and inside of them. */
export class SampleScan {
  readonly frames: FrameScan;
  readonly #selectBlocks;
  readonly #selectBlocksBack;

  constructor(db: DatabaseSync, frames: FrameScan) {
    this.frames = frames;
    const blocks =
      "SELECT packed FROM block WHERE server = ? AND resolution = ? AND start < ? AND start >= ? AND until > ?";
    this.#selectBlocks = db.prepare(`${blocks} ORDER BY start`);
    this.#selectBlocksBack = db.prepare(`${blocks} ORDER BY start DESC`);
  }

  /** Blocks that share an instant with the range, ascending or the newest first. */
  *blocks(server: number, resolution: number, range: TimeRange, order: "up" | "down" = "up"): Generator<BlockReader> {
    const statement = order === "up" ? this.#selectBlocks : this.#selectBlocksBack;
    // A block is a day long at most: the index finds the first one without looking at all before.
    const since = Math.max(range.from - 24 * HOUR_MS, Number.MIN_SAFE_INTEGER);
    for (const row of statement.iterate(server, resolution, range.until, since, range.from)) {
      yield unpackBlock(row["packed"] as Uint8Array);
    }
  }

  /** Gives each sample of the wanted series in the range, ascending within each series. */
  forEach(
    server: number,
    range: TimeRange,
    wanted: readonly number[],
    look: () => void,
    onSample: (series: number, at: Instant, value: number) => void,
  ): void {
    const runs = this.frameRuns(server, range, wanted, look);
    const next = new Map<number, number>();
    const giveFrames = (series: number, until: Instant): void => {
      const run = runs.get(series);
      if (run === undefined) return;
      let index = next.get(series) ?? 0;
      for (; (run.at[index] ?? Infinity) < until; index++)
        onSample(series, run.at[index] ?? NaN, run.values[index] ?? NaN);
      next.set(series, index);
    };
    for (const block of this.blocks(server, RAW, range)) {
      look();
      const first = block.firstRowFrom(range.from);
      const end = block.firstRowFrom(range.until);
      if (first >= end) continue;
      const lastAt = block.at[end - 1] ?? NaN;
      for (const series of wanted) {
        const values = block.column(series);
        if (values === undefined) continue;
        const run = runs.get(series);
        const isMixed = run !== undefined && (run.at[next.get(series) ?? 0] ?? Infinity) < lastAt;
        for (let row = first; row < end; row++) {
          const value = values[row] ?? NaN;
          if (Number.isNaN(value)) continue;
          const at = block.at[row] ?? NaN;
          if (isMixed) giveFrames(series, at);
          onSample(series, at, value);
        }
      }
    }
    for (const series of runs.keys()) giveFrames(series, Infinity);
  }

  /** What of the wanted series lies in frames, by series. */
  frameRuns(server: number, range: TimeRange, wanted: readonly number[], look: () => void): ReadonlyMap<number, Run> {
    const runs = new Map<number, Run>();
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
    this.frames.forward(server, range, (at, layout, values) => {
      look();
      for (const [slot, run] of picks.get(layout) ?? []) {
        const value = values[slot] ?? NaN;
        if (Number.isNaN(value)) continue;
        run.at.push(at);
        run.values.push(value);
      }
    });
    return runs;
  }
}
