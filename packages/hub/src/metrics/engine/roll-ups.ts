import { DAY_MS, HOUR_MS, RATE_LOOKBACK_MS, rollUp } from "@muster/core";
import type { Block, RollUp, Instant, TimedValue, TimeRange } from "@muster/core";
import { readIfWhole } from "./block-rows.ts";
import type { BlockRows } from "./block-rows.ts";
import { bucketKey, bucketsOf, COUNT, fieldsOf } from "./bucket-columns.ts";

/** Keeps the hours of each series: a block of roll-ups is a day of one server. */
export class RollUps {
  readonly #blocks: BlockRows;

  constructor(blocks: BlockRows) {
    this.#blocks = blocks;
  }

  /** Makes anew the hours of a sealed block in which samples came. */
  add(server: number, block: Block, cameAt: readonly Instant[]): void {
    const hours = new Set(cameAt.map((at) => Math.floor(at / HOUR_MS) * HOUR_MS));
    const days = new Map<Instant, Set<Instant>>();
    for (const hour of hours) {
      const day = Math.floor(hour / DAY_MS) * DAY_MS;
      days.set(day, (days.get(day) ?? new Set()).add(hour));
    }
    const firstHour = Math.min(...hours);
    const firstRow = block.at.findIndex((at) => at >= firstHour - RATE_LOOKBACK_MS);
    const at = block.at.subarray(firstRow);
    // A block begins where the one before ended: what its counters grew from is in the roll-up of the hour before.
    const bases = (at[0] ?? 0) >= firstHour ? this.#lastBefore(server, at[0] ?? 0) : () => undefined;
    const buckets = new Map<number, readonly RollUp[]>();
    for (const [series, column] of block.columns) {
      buckets.set(series, rollUp(at, column.subarray(firstRow), HOUR_MS, bases(series)));
    }
    for (const [day, dayHours] of days) this.#write(server, day, dayHours, buckets);
  }

  #write(
    server: number,
    day: Instant,
    hours: ReadonlySet<Instant>,
    buckets: ReadonlyMap<number, readonly RollUp[]>,
  ): void {
    const span = { from: day, until: day + DAY_MS };
    const before = this.#blocks.overlapping(server, HOUR_MS, span);
    const readers = before.flatMap((row) => readIfWhole(row) ?? []);
    const at = Float64Array.from(new Set([...readers.flatMap((reader) => [...reader.at]), ...hours])).sort();
    const columns = new Map<number, Float64Array>();
    const columnOf = (key: number): Float64Array => {
      let column = columns.get(key);
      if (column === undefined) columns.set(key, (column = new Float64Array(at.length).fill(NaN)));
      return column;
    };
    for (const reader of readers) {
      for (const key of reader.keys()) {
        const target = columnOf(key);
        for (const [row, value] of reader.column(key)?.entries() ?? []) {
          target[at.indexOf(reader.at[row] ?? NaN)] = value;
        }
      }
    }
    for (const [series, ofSeries] of buckets) {
      const counts = columnOf(bucketKey(series, COUNT));
      for (const bucket of ofSeries) {
        if (!hours.has(bucket.start)) continue;
        const row = at.indexOf(bucket.start);
        // An hour whose samples were dropped in part knows more than what is left of them.
        if ((counts[row] ?? NaN) > bucket.count) continue;
        for (const [field, value] of fieldsOf(bucket).entries()) columnOf(bucketKey(series, field))[row] = value;
      }
    }
    for (const [key, column] of columns) if (column.every(Number.isNaN)) columns.delete(key);
    for (const row of before) this.#blocks.delete(server, row);
    this.#blocks.insert(server, HOUR_MS, span, at.length, { at, columns });
  }

  /** The newest sample of a series in the ten minutes before an instant, as far as roll-ups know it. */
  #lastBefore(server: number, instant: Instant): (series: number) => TimedValue | undefined {
    const range: TimeRange = { from: instant - RATE_LOOKBACK_MS, until: instant };
    const readers = this.#blocks.overlapping(server, HOUR_MS, range).flatMap((row) => readIfWhole(row) ?? []);
    return (series) => {
      for (const reader of readers.toReversed()) {
        const bucket = bucketsOf(reader, series).findLast(({ lastAt }) => lastAt < instant);
        if (bucket !== undefined) {
          return bucket.lastAt >= range.from ? { at: bucket.lastAt, value: bucket.last } : undefined;
        }
      }
      return undefined;
    };
  }
}
