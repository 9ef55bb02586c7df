import type { DatabaseSync } from "node:sqlite";
import { DAY_MS, HOUR_MS, isMusterError, ROLL_UP_FIELDS } from "@muster/core";
import type { BlockReader, Instant, RollUpField, TimeRange } from "@muster/core";
import { packBlock, unpackBlock } from "./block-bytes.ts";
import { readIfWhole } from "./block-rows.ts";
import type { BlockRow, BlockRows } from "./block-rows.ts";
import { bucketKey, seriesOfKey } from "./bucket-columns.ts";
import type { StoredBuckets } from "./bucket-columns.ts";
import { CLOSED_MS } from "./schema.ts";

/** Late samples still find their days open for so long after a stretch is over. */
const OPEN_MS = 3 * DAY_MS;
/** Ten milliseconds of work or so. */
const SERIES_PER_SLICE = 12;
const NONE = new Float64Array();

/** Which days of a server are being put together, and the last series that is done. */
interface Progress {
  readonly server: number;
  readonly start: Instant;
  readonly series: number;
}

/**
 * Puts the hours of one series side by side once they are old: `block` has a row a server and day, and this has one a
 * series and CLOSED_MS. What comes late makes a block of its day again, which counts before what is here.
 */
export class SeriesHours {
  readonly #blocks: BlockRows;
  readonly #selectFirst;
  readonly #select;
  readonly #replace;
  readonly #selectOld;
  readonly #delete;
  #progress: Progress | undefined;

  constructor(db: DatabaseSync, blocks: BlockRows) {
    this.#blocks = blocks;
    this.#selectFirst = db.prepare("SELECT min(start) AS start FROM block WHERE server = ? AND resolution = ?");
    this.#select = db.prepare("SELECT hours, packed FROM series_hours WHERE series = ? AND start = ?");
    this.#replace = db.prepare(
      "INSERT OR REPLACE INTO series_hours (series, start, server, hours, packed) VALUES (?, ?, ?, ?, ?)",
    );
    this.#selectOld = db.prepare(
      `SELECT series, start, hours, length(packed) AS bytes FROM series_hours
       WHERE server = ? AND start <= ? ORDER BY start LIMIT ?`,
    );
    this.#delete = db.prepare("DELETE FROM series_hours WHERE series = ? AND start = ?");
  }

  /** Puts some of what is old together; answers how many numbers that were, 0 when nothing is to be done. */
  closeSlice(server: number, now: Instant): number {
    const first = this.#selectFirst.get(server, HOUR_MS)?.["start"];
    if (typeof first !== "number") return 0;
    const start = Math.floor(first / CLOSED_MS) * CLOSED_MS;
    if (start + CLOSED_MS + OPEN_MS > now) return 0;
    const span = { from: start, until: start + CLOSED_MS };
    const days = this.#blocks.overlapping(server, HOUR_MS, span);
    const readers = days.flatMap((row) => readIfWhole(row) ?? []);
    const after = this.#progress?.server === server && this.#progress.start === start ? this.#progress.series : 0;
    const series = [...new Set(readers.flatMap((reader) => reader.keys().map(seriesOfKey)))]
      .filter((id) => id > after)
      .sort((left, right) => left - right);
    const taken = series.slice(0, SERIES_PER_SLICE);
    for (const id of taken) this.#put(server, id, start, readers);
    const last = taken.at(-1);
    if (taken.length < series.length && last !== undefined) this.#progress = { server, start, series: last };
    else this.#finish(server, days);
    return (taken.length * ROLL_UP_FIELDS.length * CLOSED_MS) / HOUR_MS;
  }

  /** Rows of which all hours are before an instant, at most so many; true when there may be more. */
  drop(server: number, before: Instant, rowsMax: number): boolean {
    const rows = this.#selectOld.all(server, before - CLOSED_MS, rowsMax);
    for (const row of rows) {
      const start = Number(row["start"]);
      this.#blocks.count(HOUR_MS, start, -Number(row["hours"]), -Number(row["bytes"]));
      this.#delete.run(Number(row["series"]), start);
    }
    return rows.length === rowsMax;
  }

  /** After a rollback. */
  forget(): void {
    this.#progress = undefined;
  }

  #finish(server: number, days: readonly BlockRow[]): void {
    // A damaged day is out of the way as well, but stays in the file.
    for (const day of days) {
      if (readIfWhole(day) === undefined) this.#blocks.setAside(server, day);
      else this.#blocks.delete(server, day);
    }
    this.#progress = undefined;
  }

  #put(server: number, series: number, start: Instant, days: readonly BlockReader[]): void {
    const before = this.#select.get(series, start);
    const closed = before === undefined ? undefined : readClosed(before["packed"] as Uint8Array);
    const sources = [
      ...(closed === undefined ? [] : [{ at: closed.at, field: (field: number) => closed.column(field) }]),
      ...days.map((day) => ({
        at: day.at,
        field: (field: number) => day.column(bucketKey(series, ROLL_UP_FIELDS[field] ?? "count")),
      })),
    ];
    const at = Float64Array.from(new Set(sources.flatMap((source) => (source.field(0) ? [...source.at] : [])))).sort();
    const columns = new Map<number, Float64Array>();
    for (const field of ROLL_UP_FIELDS.keys()) {
      const column = new Float64Array(at.length).fill(NaN);
      for (const source of sources) {
        // Days come after what was closed before, and count before it.
        for (const [row, value] of (source.field(field) ?? NONE).entries()) {
          if (!Number.isNaN(value)) column[rowAt(at, source.at[row] ?? NaN)] = value;
        }
      }
      if (!column.every(Number.isNaN)) columns.set(field, column);
    }
    const packed = packBlock({ at, columns });
    const hours = (columns.get(0) ?? NONE).reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    if (before !== undefined) {
      this.#blocks.count(HOUR_MS, start, -Number(before["hours"]), -(before["packed"] as Uint8Array).length);
    }
    this.#blocks.count(HOUR_MS, start, hours, packed.length);
    this.#replace.run(series, start, server, hours, packed);
  }
}

/** Reads what `SeriesHours` put together. */
export class ClosedHours {
  readonly #select;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare(
      "SELECT packed FROM series_hours WHERE series = ? AND start > ? AND start < ? ORDER BY start",
    );
  }

  *of(series: number, range: TimeRange): Generator<StoredBuckets> {
    const since = Math.max(range.from - CLOSED_MS, Number.MIN_SAFE_INTEGER);
    for (const row of this.#select.iterate(series, since, range.until)) {
      const reader = unpackBlock(row["packed"] as Uint8Array);
      const field = (name: RollUpField): Float64Array => reader.column(ROLL_UP_FIELDS.indexOf(name)) ?? NONE;
      yield { start: reader.at, field, has: (name) => reader.has(ROLL_UP_FIELDS.indexOf(name)) };
    }
  }
}

/** What was damaged is made of the days anew, as far as they are there. */
function readClosed(packed: Uint8Array): BlockReader | undefined {
  try {
    return unpackBlock(packed);
  } catch (error) {
    if (isMusterError(error, "DATABASE_DAMAGED")) return undefined;
    throw error;
  }
}

function rowAt(ascending: Float64Array, at: Instant): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
