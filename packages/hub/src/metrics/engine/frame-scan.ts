import type { DatabaseSync } from "node:sqlite";
import type { Instant, TimeRange } from "@muster/core";
import { seriesOf } from "./layouts.ts";
import { LAYOUT_USE_STEP_MS } from "./schema.ts";

/** `values` is overwritten by the next frame. */
type OnFrame = (at: Instant, layout: number, values: Float64Array) => void;

/** Walks over the frames of one server, in either direction of time. */
export class FrameScan {
  readonly #selectServer;
  readonly #selectLayouts;
  readonly #forward;
  readonly #backward;
  // One buffer for all frames: a view on each blob would cost more than the copy.
  #values = new Float64Array(256);
  #bytes = new Uint8Array(this.#values.buffer);

  constructor(db: DatabaseSync) {
    const frames = "SELECT at, layout, packed FROM frame WHERE server = ? AND at >= ? AND at < ? ORDER BY at";
    this.#selectServer = db.prepare("SELECT id FROM server WHERE name = ?");
    this.#selectLayouts = db.prepare("SELECT id, series FROM layout WHERE server = ? AND last_used_at >= ?");
    this.#forward = db.prepare(frames);
    this.#backward = db.prepare(`${frames} DESC`);
    this.#forward.setReturnArrays(true);
    this.#backward.setReturnArrays(true);
  }

  serverRow(serverId: string): number | undefined {
    const row = this.#selectServer.get(serverId);
    return row === undefined ? undefined : Number(row["id"]);
  }

  /** The series of each layout that may have a frame at or after `since`. */
  layouts(server: number, since: Instant): ReadonlyMap<number, Uint32Array> {
    const rows = this.#selectLayouts.all(server, since - LAYOUT_USE_STEP_MS);
    return new Map(rows.map((row) => [Number(row["id"]), seriesOf(row["series"] as Uint8Array)]));
  }

  forward(server: number, range: TimeRange, onFrame: OnFrame): void {
    for (const row of this.#forward.iterate(server, range.from, range.until)) this.#give(row, onFrame);
  }

  /** Newest first, until `onFrame` answers false. */
  backward(server: number, from: Instant, until: Instant, onFrame: (...frame: Parameters<OnFrame>) => boolean): void {
    let goesOn = true;
    const give: OnFrame = (at, layout, values) => {
      goesOn = onFrame(at, layout, values);
    };
    for (const row of this.#backward.iterate(server, from, until)) {
      this.#give(row, give);
      if (!goesOn) break;
    }
  }

  #give(row: unknown, onFrame: OnFrame): void {
    const [at, layout, packed] = row as readonly [number, number, Uint8Array];
    if (packed.length > this.#bytes.length) {
      this.#values = new Float64Array(packed.length / 8);
      this.#bytes = new Uint8Array(this.#values.buffer);
    }
    this.#bytes.set(packed);
    onFrame(at, layout, this.#values);
  }
}
