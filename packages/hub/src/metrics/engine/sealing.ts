import type { DatabaseSync } from "node:sqlite";
import { isSealDue, sealSpan } from "@muster/core";
import type { Block, Instant, TimeRange } from "@muster/core";
import { readIfWhole } from "./block-rows.ts";
import type { BlockRow, BlockRows } from "./block-rows.ts";
import type { WriteCalls } from "./calls.ts";
import { FrameScan } from "./frame-scan.ts";
import type { FleetHours } from "./fleet-hours.ts";
import type { Frames } from "./frames.ts";
import type { Journal } from "./journal.ts";
import { mergeBlock } from "./merge-block.ts";
import type { FrameColumns } from "./merge-block.ts";
import type { RollUps } from "./roll-ups.ts";
import { RAW } from "./schema.ts";
import type { SeriesHours } from "./series-hours.ts";

/** About ten milliseconds of work, so that an append waits no longer behind it. */
const SAMPLES_PER_SLICE = 60_000;
/** Asking a server whether something is due costs about as much as sealing this many samples. */
const SAMPLES_PER_LOOK = 50;
/** Putting a batch of the journal into a frame costs about as much as sealing this many samples. */
const SAMPLES_PER_BATCH = 20;

/** Turns frames and young blocks that have become hours of the past into blocks; each slice is part of one transaction. */
export class Sealing {
  readonly #blocks: BlockRows;
  readonly #frames: Frames;
  readonly #journal: Journal;
  readonly #rollUps: RollUps;
  readonly #seriesHours: SeriesHours;
  readonly #fleetHours: FleetHours;
  readonly #scan: FrameScan;
  readonly #nextServer;
  readonly #sumFrames;
  readonly #deleteFrames;

  constructor(
    db: DatabaseSync,
    from: { readonly blocks: BlockRows; readonly frames: Frames; readonly journal: Journal },
    to: { readonly rollUps: RollUps; readonly seriesHours: SeriesHours; readonly fleetHours: FleetHours },
  ) {
    this.#blocks = from.blocks;
    this.#frames = from.frames;
    this.#journal = from.journal;
    this.#rollUps = to.rollUps;
    this.#seriesHours = to.seriesHours;
    this.#fleetHours = to.fleetHours;
    this.#scan = new FrameScan(db);
    this.#nextServer = db.prepare("SELECT id FROM server WHERE id > ? AND name IS NOT NULL ORDER BY id LIMIT 1");
    this.#sumFrames = db.prepare(
      "SELECT coalesce(sum(samples), 0) AS samples FROM frame WHERE server = ? AND at >= ? AND at < ?",
    );
    this.#deleteFrames = db.prepare("DELETE FROM frame WHERE server = ? AND at >= ? AND at < ?");
  }

  /**
   * First puts batches that have waited long enough into frames. Goes on after a server; `nextAfter` is where to go on,
   * undefined when every server was looked at.
   */
  slice(now: Instant, after: number): WriteCalls["sealSlice"]["answer"] {
    let left = SAMPLES_PER_SLICE;
    let done = after;
    let sealedCount = 0;
    this.#journal.tick(now);
    if (after === 0) this.#fleetHours.beginRound();
    while (left > 0) {
      const next = this.#nextServer.get(done);
      if (next === undefined) {
        this.#journal.prune();
        // Hours of all servers are gathered once nothing is to be sealed, some at a time.
        return { sealedCount, nextAfter: this.#fleetHours.slice(now) ? done : undefined };
      }
      const server = Number(next["id"]);
      if (this.#journal.isDue(server)) left -= this.#journal.flush(server) * SAMPLES_PER_BATCH;
      const oldest = this.oldestOf(server);
      if (oldest < Infinity && isSealDue(oldest, server, now)) {
        const samples = this.seal(server, oldest);
        sealedCount += samples;
        left -= samples + SAMPLES_PER_LOOK;
        continue;
      }
      const closed = this.#seriesHours.closeSlice(server, now);
      left -= closed;
      if (closed > 0) continue;
      left -= SAMPLES_PER_LOOK;
      done = server;
    }
    return { sealedCount, nextAfter: done };
  }

  /** The first instant of a server that waits to be sealed; Infinity when there is none. */
  oldestOf(server: number): Instant {
    return Math.min(this.#frames.oldestOf(server), this.#blocks.oldestYoungOf(server));
  }

  /** Seals what belongs together with an instant that waits, and answers how many samples were written. */
  seal(server: number, at: Instant): number {
    // What waits may belong to it, and would have it sealed twice.
    this.#journal.flush(server);
    const wanted = sealSpan(at, (range) => this.#samplesIn(server, range));
    const before = this.#wholeBlocks(server, wanted);
    const span = {
      from: Math.min(wanted.from, ...before.map(({ from }) => from)),
      until: Math.max(wanted.until, ...before.map(({ until }) => until)),
    };
    const frames = this.#framesIn(server, span);
    const readers = before.map((row) => row.read());
    const young = readers.filter((_reader, index) => before[index]?.isYoung);
    const { block, samples } = mergeBlock(readers, frames);
    this.#replace(server, before, span, samples, block);
    this.#deleteFrames.run(server, span.from, span.until);
    this.#frames.noteDeleted(server);
    this.#rollUps.add(server, block, [...frames.at, ...young.flatMap(({ at }) => [...at])]);
    return samples;
  }

  #wholeBlocks(server: number, range: TimeRange): readonly BlockRow[] {
    return this.#blocks.overlapping(server, RAW, range).filter((row) => {
      const isWhole = readIfWhole(row) !== undefined;
      if (!isWhole) this.#blocks.setAside(server, row);
      return isWhole;
    });
  }

  #replace(server: number, before: readonly BlockRow[], span: TimeRange, samples: number, block: Block): void {
    for (const row of before) this.#blocks.delete(server, row);
    this.#blocks.insert(server, RAW, span, samples, block);
  }

  #samplesIn(server: number, range: TimeRange): number {
    const inFrames = Number(this.#sumFrames.get(server, range.from, range.until)?.["samples"]);
    return this.#blocks.overlapping(server, RAW, range).reduce((sum, { samples }) => sum + samples, inFrames);
  }

  #framesIn(server: number, span: TimeRange): FrameColumns {
    const layouts = this.#scan.layouts(server, span.from);
    const at: number[] = [];
    const ofFrames: Uint32Array[] = [];
    const offsets: number[] = [];
    // One buffer for all, doubled when it is full: an array a frame would cost more than the copy.
    let packed = new Float64Array(65_536);
    let length = 0;
    this.#scan.forward(server, span, (instant, layout, values, offset) => {
      const series = layouts.get(layout);
      if (series === undefined) throw new Error(`frame ${server}/${instant} has no layout`);
      if (length + series.length > packed.length) {
        const grown = new Float64Array(packed.length * 2 + series.length);
        grown.set(packed);
        packed = grown;
      }
      for (let slot = 0; slot < series.length; slot++) packed[length + slot] = values[offset + slot] ?? NaN;
      at.push(instant);
      ofFrames.push(series);
      offsets.push(length);
      length += series.length;
    });
    return { at, series: ofFrames, offsets, packed };
  }
}
