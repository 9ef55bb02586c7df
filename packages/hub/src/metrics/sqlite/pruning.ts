import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "@muster/core";
import type { WriteCalls } from "./calls.ts";
import { seriesOf } from "./layouts.ts";
import { LAYOUT_USE_STEP_MS } from "./schema.ts";

/** A slice takes a few milliseconds, so that an append waits no longer behind it. */
const FRAMES_PER_SLICE = 2_000;
/** Looking at a server costs about as much as deleting this many frames. */
const FRAMES_PER_LOOK = 20;

/** Deletes in slices; each is part of one transaction. */
export class Pruning {
  readonly #nextServer;
  readonly #selectOld;
  readonly #deleteUntil;
  readonly #deleteServer;
  readonly #deleteLayouts;
  readonly #selectLayouts;
  readonly #selectSeries;
  readonly #deleteSeries;

  constructor(db: DatabaseSync) {
    this.#nextServer = db.prepare("SELECT id FROM server WHERE id > ? AND name IS NOT NULL ORDER BY id LIMIT 1");
    this.#selectOld = db.prepare("SELECT at, samples FROM frame WHERE server = ? AND at < ? ORDER BY at LIMIT ?");
    this.#deleteUntil = db.prepare("DELETE FROM frame WHERE server = ? AND at <= ?");
    this.#deleteServer = db.prepare("DELETE FROM server WHERE id = ?");
    this.#deleteLayouts = db.prepare("DELETE FROM layout WHERE server = ? AND last_used_at < ?");
    this.#selectLayouts = db.prepare("SELECT series FROM layout WHERE server = ?");
    this.#selectSeries = db.prepare("SELECT id FROM series WHERE server = ? AND created_at < ?");
    this.#deleteSeries = db.prepare("DELETE FROM series WHERE id = ?");
  }

  /** True while there may be more. */
  purgeSlice(server: number): { readonly droppedCount: number; readonly isMore: boolean } {
    const { frames, droppedCount } = this.#dropFrames(server, Number.MAX_SAFE_INTEGER, FRAMES_PER_SLICE);
    const isMore = frames === FRAMES_PER_SLICE;
    if (!isMore) this.#deleteServer.run(server);
    return { droppedCount, isMore };
  }

  dropSlice(instant: Instant, after: number): WriteCalls["dropSlice"]["answer"] {
    let droppedCount = 0;
    let left = FRAMES_PER_SLICE;
    let done = after;
    while (left > 0) {
      const next = this.#nextServer.get(done);
      if (next === undefined) return { droppedCount, nextAfter: undefined };
      const server = Number(next["id"]);
      const dropped = this.#dropFrames(server, instant, left);
      droppedCount += dropped.droppedCount;
      left -= dropped.frames + FRAMES_PER_LOOK;
      // Cut short: the same server again in the next slice.
      if (left <= 0 && dropped.frames > 0) break;
      this.#tidySeries(server, instant);
      done = server;
    }
    return { droppedCount, nextAfter: done };
  }

  #dropFrames(
    server: number,
    before: Instant,
    framesMax: number,
  ): { readonly frames: number; readonly droppedCount: number } {
    const rows = this.#selectOld.all(server, before, framesMax);
    const last = rows.at(-1);
    if (last !== undefined) this.#deleteUntil.run(server, Number(last["at"]));
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
