import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "@muster/core";
import type { SeriesId } from "../metric-store.ts";
import { LAYOUT_USE_STEP_MS } from "./schema.ts";

/** Which series the values of a frame belong to: value i to series[i], ascending. */
export interface Layout {
  readonly id: number;
  readonly server: number;
  readonly series: Uint32Array;
  /** As stored; see the schema. */
  lastUsedAt: Instant;
}

/** How the columns of a batch go into a layout. */
export interface Plan {
  readonly asked: readonly SeriesId[];
  readonly layout: Layout;
  /** asked[i] stands at slots[i] of the layout; -1 where the server has no such series. */
  readonly slots: Int32Array;
  /** Whether each stands where it was asked. */
  readonly isAsAsked: boolean;
}

/** A server has one or two kinds of batches at a time; more are looked up again. */
const PLANS_PER_SERVER = 4;

export class Layouts {
  readonly #plans = new Map<number, Plan[]>();
  readonly #selectIds;
  readonly #selectBySeries;
  readonly #selectById;
  readonly #insert;
  readonly #touch;

  constructor(db: DatabaseSync) {
    this.#selectIds = db.prepare("SELECT id FROM series WHERE server = ? ORDER BY id");
    this.#selectBySeries = db.prepare("SELECT id, last_used_at FROM layout WHERE server = ? AND series = ?");
    this.#selectById = db.prepare("SELECT server, series, last_used_at FROM layout WHERE id = ?");
    this.#insert = db.prepare("INSERT INTO layout (server, series, last_used_at) VALUES (?, ?, ?)");
    this.#touch = db.prepare("UPDATE layout SET last_used_at = ? WHERE id = ?");
  }

  /** `at` is an instant for which a frame is about to be stored. */
  plan(server: number, asked: readonly SeriesId[], at: Instant): Plan {
    const plans = this.#plans.get(server) ?? [];
    const index = plans.findIndex((plan) => isEqual(plan.asked, asked));
    const plan = plans[index] ?? this.#makePlan(server, asked, at);
    // An id that is unknown now may be made later, so such a plan holds for this batch only.
    if (index !== 0 && !plan.slots.includes(-1)) {
      if (index > 0) plans.splice(index, 1);
      plans.unshift(plan);
      plans.length = Math.min(plans.length, PLANS_PER_SERVER);
      this.#plans.set(server, plans);
    }
    return plan;
  }

  /** Finds or makes the layout of these ids, which ascend. */
  of(server: number, series: Uint32Array, at: Instant): Layout {
    const row = this.#selectBySeries.get(server, bytesOf(series));
    if (row !== undefined) return { id: Number(row["id"]), server, series, lastUsedAt: Number(row["last_used_at"]) };
    const id = Number(this.#insert.run(server, bytesOf(series), at).lastInsertRowid);
    return { id, server, series, lastUsedAt: at };
  }

  byId(id: number): Layout | undefined {
    const row = this.#selectById.get(id);
    if (row === undefined) return undefined;
    const series = seriesOf(row["series"] as Uint8Array);
    return { id, server: Number(row["server"]), series, lastUsedAt: Number(row["last_used_at"]) };
  }

  /** Before a frame at this instant is stored. */
  touch(layout: Layout, at: Instant): void {
    if (at - layout.lastUsedAt < LAYOUT_USE_STEP_MS) return;
    this.#touch.run(at, layout.id);
    layout.lastUsedAt = at;
  }

  /** After a rollback, or when series or layouts were deleted. */
  forget(): void {
    this.#plans.clear();
  }

  #makePlan(server: number, asked: readonly SeriesId[], at: Instant): Plan {
    const ofServer = new Set(this.#selectIds.all(server).map((row) => Number(row["id"])));
    const known = Uint32Array.from(new Set(asked.filter((id) => ofServer.has(id)))).sort();
    const slotOf = new Map([...known].map((id, slot) => [id, slot]));
    const slots = Int32Array.from(asked, (id) => slotOf.get(id) ?? -1);
    const isAsAsked = slots.length === known.length && slots.every((slot, index) => slot === index);
    return { asked, layout: this.of(server, known, at), slots, isAsAsked };
  }
}

/** Whether two lists of series are the same. */
export function isEqual(left: readonly SeriesId[], right: readonly SeriesId[]): boolean {
  // The list of a sender is the same one with each of its batches.
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

const bytesOf = (series: Uint32Array): Uint8Array =>
  new Uint8Array(series.buffer, series.byteOffset, series.byteLength);

/** A copy, because a blob may begin at an address that is no multiple of four. */
export const seriesOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice().buffer);
