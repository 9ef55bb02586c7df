import type { DatabaseSync } from "node:sqlite";
import { HOUR_MS, MINUTE_MS } from "@muster/core";
import type { Block, BlockReader, Instant } from "@muster/core";
import { bucketCount } from "./bucket-columns.ts";
import { readIfWhole } from "./block-rows.ts";
import type { BlockRow, BlockRows } from "./block-rows.ts";
import type { WriteCalls } from "./calls.ts";
import type { FleetHours } from "./fleet-hours.ts";
import type { Frames } from "./frames.ts";
import type { Journal } from "./journal.ts";
import { seriesOf } from "./layouts.ts";
import { readPragma } from "./open-database.ts";
import type { Retained } from "./retained.ts";
import type { RollUps } from "./roll-ups.ts";
import { LAYOUT_USE_STEP_MS, RAW } from "./schema.ts";
import type { Sealing } from "./sealing.ts";
import type { SeriesHours } from "./series-hours.ts";

/** A slice takes a few milliseconds, so that an append waits no longer behind it. */
const FRAMES_PER_SLICE = 2_000;
/** Looking at a server costs about as much as deleting this many frames. */
const FRAMES_PER_LOOK = 20;
/** Deleting or cutting a block costs about as much as deleting this many frames. */
const FRAMES_PER_BLOCK = 100;
/** Rolling up this many samples to minutes costs about as much as deleting a frame. */
const SAMPLES_PER_FRAME = 30;
const BLOCKS_PER_SLICE = FRAMES_PER_SLICE / FRAMES_PER_BLOCK;
/** How many pages of 2 KiB go back to the disk at once. */
const PAGES_PER_SLICE = 1_024;
/** One in so many stays for what comes next. */
const KEPT_RATIO = 64;

/** Deletes in slices; each is part of one transaction. */
export class Pruning {
  readonly #db: DatabaseSync;
  readonly #blocks: BlockRows;
  readonly #frames: Frames;
  readonly #journal: Journal;
  readonly #sealing: Sealing;
  readonly #rollUps: RollUps;
  readonly #seriesHours: SeriesHours;
  readonly #fleetHours: FleetHours;
  readonly #retained: Retained;
  readonly #nextServer;
  readonly #selectOld;
  readonly #deleteUntil;
  readonly #deleteServer;
  readonly #deleteSetAside;
  readonly #deleteLayouts;
  readonly #selectLayouts;
  readonly #selectSeries;
  readonly #deleteSeries;

  constructor(
    db: DatabaseSync,
    parts: {
      readonly blocks: BlockRows;
      readonly frames: Frames;
      readonly journal: Journal;
      readonly sealing: Sealing;
      readonly rollUps: RollUps;
      readonly seriesHours: SeriesHours;
      readonly fleetHours: FleetHours;
    },
    retained: Retained,
  ) {
    this.#db = db;
    this.#blocks = parts.blocks;
    this.#frames = parts.frames;
    this.#journal = parts.journal;
    this.#sealing = parts.sealing;
    this.#rollUps = parts.rollUps;
    this.#seriesHours = parts.seriesHours;
    this.#fleetHours = parts.fleetHours;
    this.#retained = retained;
    this.#nextServer = db.prepare("SELECT id FROM server WHERE id > ? AND name IS NOT NULL ORDER BY id LIMIT 1");
    this.#selectOld = db.prepare("SELECT at, samples FROM frame WHERE server = ? AND at < ? ORDER BY at LIMIT ?");
    this.#deleteUntil = db.prepare("DELETE FROM frame WHERE server = ? AND at <= ?");
    this.#deleteSetAside = db.prepare("DELETE FROM block WHERE server = ? AND resolution < 0");
    this.#deleteServer = db.prepare("DELETE FROM server WHERE id = ?");
    this.#deleteLayouts = db.prepare("DELETE FROM layout WHERE server = ? AND last_used_at < ?");
    this.#selectLayouts = db.prepare("SELECT series FROM layout WHERE server = ?");
    this.#selectSeries = db.prepare("SELECT id FROM series WHERE server = ? AND created_at < ?");
    this.#deleteSeries = db.prepare("DELETE FROM series WHERE id = ?");
  }

  /** True while there may be more. */
  purgeSlice(server: number): { readonly droppedCount: number; readonly isMore: boolean } {
    const frames = this.#dropFrames(server, Number.MAX_SAFE_INTEGER, FRAMES_PER_SLICE);
    const dropped = [RAW, MINUTE_MS, HOUR_MS].map((resolution) =>
      this.#dropBlocks(server, resolution, Number.MAX_SAFE_INTEGER, BLOCKS_PER_SLICE),
    );
    const isMoreOfHours = this.#seriesHours.drop(server, Number.MAX_SAFE_INTEGER, FRAMES_PER_SLICE);
    const isMore =
      isMoreOfHours || frames.frames === FRAMES_PER_SLICE || dropped.some(({ blocks }) => blocks === BLOCKS_PER_SLICE);
    if (!isMore) {
      this.#deleteSetAside.run(server);
      this.#deleteServer.run(server);
    }
    return { droppedCount: frames.droppedCount + (dropped[0]?.droppedCount ?? 0), isMore };
  }

  /** Samples that go become minutes, where minutes are kept longer. */
  dropSlice(ask: WriteCalls["dropSlice"]["ask"]): WriteCalls["dropSlice"]["answer"] {
    const { samplesBefore, minutesBefore, hoursBefore } = ask;
    // Where coarser roll-ups go together with what they were made of, there is nothing that only they know.
    if (Math.min(minutesBefore, hoursBefore) < samplesBefore) this.#retained.raise(RAW, samplesBefore);
    if (hoursBefore < minutesBefore) this.#retained.raise(MINUTE_MS, minutesBefore);
    this.#fleetHours.drop(hoursBefore);
    let droppedCount = 0;
    let left = FRAMES_PER_SLICE;
    let done = ask.after;
    while (left > 0) {
      const next = this.#nextServer.get(done);
      if (next === undefined) return { droppedCount, nextAfter: undefined };
      const server = Number(next["id"]);
      const minutesFrom = minutesBefore < samplesBefore ? minutesBefore : undefined;
      const samples = this.#dropSamples(server, samplesBefore, minutesFrom, left);
      const blocksMax = Math.ceil(left / FRAMES_PER_BLOCK);
      const minutes = this.#dropBlocks(server, MINUTE_MS, minutesBefore, blocksMax);
      const hours = this.#dropBlocks(server, HOUR_MS, hoursBefore, blocksMax);
      const isMoreOfHours = this.#seriesHours.drop(server, hoursBefore, left);
      droppedCount += samples.droppedCount;
      const blocks = minutes.blocks + hours.blocks;
      // Whole numbers, because what is left becomes a LIMIT.
      left -= Math.ceil(samples.cost) + blocks * FRAMES_PER_BLOCK + FRAMES_PER_LOOK;
      // Cut short: the same server again in the next slice.
      if (samples.isMore || isMoreOfHours || (left <= 0 && samples.cost + blocks > 0)) break;
      this.#tidySeries(server, Math.min(samplesBefore, minutesBefore, hoursBefore));
      done = server;
    }
    return { droppedCount, nextAfter: done };
  }

  /** Gives some empty pages back to the disk. */
  shrinkSlice(): WriteCalls["shrinkSlice"]["answer"] {
    const emptyPages = (): number => readPragma(this.#db, "freelist_count");
    const pages = readPragma(this.#db, "page_count");
    const canShrink = readPragma(this.#db, "auto_vacuum") !== 0;
    const isMuch = (): boolean => canShrink && emptyPages() * KEPT_RATIO > pages;
    if (isMuch()) this.#db.exec(`PRAGMA incremental_vacuum(${PAGES_PER_SLICE})`);
    const usedPages = readPragma(this.#db, "page_count") - emptyPages();
    return { isMore: isMuch(), usedBytes: usedPages * readPragma(this.#db, "page_size") };
  }

  /** Some of the samples before an instant; as minutes they go on from `minutesFrom` on, where that is asked for. */
  #dropSamples(
    server: number,
    before: Instant,
    minutesFrom: Instant | undefined,
    costMax: number,
  ): { readonly droppedCount: number; readonly cost: number; readonly isMore: boolean } {
    let cost = 0;
    if ((this.#journal.firstAt(server) ?? Infinity) < before) cost += this.#journal.flush(server);
    if (minutesFrom !== undefined) {
      // What was never sealed is sealed now, so that minutes are made of whole blocks only.
      const oldest = this.#sealing.oldestOf(server);
      if (oldest < before) {
        return { droppedCount: 0, cost: this.#sealing.seal(server, oldest) / SAMPLES_PER_FRAME, isMore: true };
      }
    }
    const frames = this.#dropFrames(server, before, costMax);
    const blocks = this.#dropBlocks(server, RAW, before, Math.ceil(costMax / FRAMES_PER_BLOCK), (reader, span) => {
      if (minutesFrom === undefined) return;
      cost += this.#rollUps.addMinutes(server, reader, span, { from: minutesFrom, until: before }) / SAMPLES_PER_FRAME;
    });
    cost += frames.frames + blocks.blocks * FRAMES_PER_BLOCK;
    return { droppedCount: frames.droppedCount + blocks.droppedCount, cost, isMore: false };
  }

  /** Whole blocks where all of it is older, the older rows of the one that goes across. */
  #dropBlocks(
    server: number,
    resolution: number,
    before: Instant,
    blocksMax: number,
    beforeDrop?: (reader: BlockReader, span: BlockRow) => void,
  ): { readonly blocks: number; readonly droppedCount: number } {
    let droppedCount = 0;
    const [first, ...others] = this.#blocks.before(server, resolution, before, blocksMax);
    if (first === undefined) return { blocks: 0, droppedCount };
    const until = others.at(-1)?.until ?? first.until;
    let changed = 0;
    for (const row of this.#blocks.overlapping(server, resolution, { from: first.from, until })) {
      const isOlder = row.until <= before;
      const reader = isOlder && beforeDrop === undefined ? undefined : readIfWhole(row);
      const kept = isOlder ? undefined : reader && rowsFrom(reader, before);
      if (!isOlder && (kept === undefined || kept.droppedRows === 0)) continue;
      changed++;
      if (reader !== undefined) beforeDrop?.(reader, row);
      droppedCount += row.samples - (kept?.samples ?? 0);
      this.#blocks.delete(server, row);
      if (kept === undefined || kept.block.at.length === 0) continue;
      // The block that goes on begins later, because a block of minutes may begin where it did.
      const samples = resolution === RAW ? kept.samples : bucketCount(kept.block);
      const span = { from: before, until: row.until };
      if (row.isYoung) this.#blocks.insertYoung(server, span, samples, kept.block);
      else this.#blocks.insert(server, resolution, span, samples, kept.block);
    }
    return { blocks: changed, droppedCount };
  }

  #dropFrames(
    server: number,
    before: Instant,
    framesMax: number,
  ): { readonly frames: number; readonly droppedCount: number } {
    this.#frames.splitAt(server, before);
    const rows = this.#selectOld.all(server, before, framesMax);
    const last = rows.at(-1);
    if (last !== undefined) this.#deleteUntil.run(server, Number(last["at"]));
    this.#frames.noteDeleted(server);
    return { frames: rows.length, droppedCount: rows.reduce((sum, row) => sum + Number(row["samples"]), 0) };
  }

  /** Layouts that no frame has any more, then series that are in no layout. */
  #tidySeries(server: number, instant: Instant): void {
    this.#deleteLayouts.run(server, instant - LAYOUT_USE_STEP_MS);
    const used = new Set(this.#selectLayouts.all(server).flatMap((row) => [...seriesOf(row["series"] as Uint8Array)]));
    for (const row of this.#selectSeries.all(server, instant)) {
      if (!used.has(Number(row["id"]))) this.#deleteSeries.run(Number(row["id"]));
    }
  }
}

/** What of a block is not older than an instant. */
function rowsFrom(
  reader: BlockReader,
  instant: Instant,
): { readonly block: Block; readonly samples: number; readonly droppedRows: number } {
  const row = reader.firstRowFrom(instant);
  const columns = new Map<number, Float64Array>();
  let samples = 0;
  for (const key of reader.keys()) {
    const column = (reader.column(key) ?? new Float64Array()).slice(row);
    const count = column.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
    if (count > 0) columns.set(key, column);
    samples += count;
  }
  return { block: { at: reader.at.slice(row), columns }, samples, droppedRows: row };
}
