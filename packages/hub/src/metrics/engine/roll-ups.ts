import type { DatabaseSync } from "node:sqlite";
import {
  BlockReader,
  DAY_MS,
  encodeBlock,
  HOUR_MS,
  isCounterName,
  MINUTE_MS,
  RATE_LOOKBACK_MS,
  ROLL_UP_FIELDS,
  rollUp,
} from "@muster/core";
import type { Block, BucketColumns, RollUp, Instant, TimedValue, TimeRange } from "@muster/core";
import { readIfWhole } from "./block-rows.ts";
import type { BlockRow, BlockRows } from "./block-rows.ts";
import { bucketColumns, bucketCount, bucketKey, fieldsOf, MINUTE_FIELDS } from "./bucket-columns.ts";
import type { FleetHours } from "./fleet-hours.ts";
import { joinSmallBlocks } from "./join-small-blocks.ts";
import { MetricNames } from "./metric-names.ts";
import { ClosedHours } from "./series-hours.ts";
import { MergeBuckets } from "./transfer/merge-buckets.ts";

/** As long as what is sealed together: hours are written once then, and joined to days later. */
const STRETCH_MS = 2 * HOUR_MS;

/** Makes roll-ups: the hours of a server as its samples are sealed, in blocks that become days, and its minutes as samples go. */
export class RollUps {
  readonly #blocks: BlockRows;
  readonly #names: MetricNames;
  readonly #closedHours: ClosedHours;
  readonly #fleetHours: FleetHours;
  readonly #merge: MergeBuckets;

  constructor(db: DatabaseSync, blocks: BlockRows, fleetHours: FleetHours) {
    this.#blocks = blocks;
    this.#fleetHours = fleetHours;
    this.#merge = new MergeBuckets(db, blocks);
    this.#names = new MetricNames(db);
    this.#closedHours = new ClosedHours(db);
  }

  /** The minutes of a block of samples in a range, as a block of their own. Answers how many samples were read. */
  addMinutes(server: number, reader: BlockReader, span: TimeRange, range: TimeRange): number {
    const first = reader.firstRowFrom(range.from);
    const end = reader.firstRowFrom(range.until);
    if (first >= end) return 0;
    const at = reader.at.subarray(first, end);
    const bases = this.#lastBefore(server, at[0] ?? 0);
    const minutes = new Set<Instant>();
    const bucketsOf = new Map<number, readonly RollUp[]>();
    for (const series of reader.keys()) {
      const values = (reader.column(series) ?? new Float64Array()).subarray(first, end);
      const buckets = rollUp(at, values, MINUTE_MS, bases(series));
      for (const { start } of buckets) minutes.add(start);
      if (buckets.length > 0) bucketsOf.set(series, buckets);
    }
    const starts = Float64Array.from(minutes).sort();
    const columns = new Map<number, Float64Array>();
    for (const [series, buckets] of bucketsOf) {
      const names = MINUTE_FIELDS[isCounterName(this.#names.of(series)) ? "counter" : "gauge"];
      const ofSeries = names.map((name) => ({ name, values: new Float64Array(starts.length).fill(NaN) }));
      let row = 0;
      for (const bucket of buckets) {
        while ((starts[row] ?? Infinity) < bucket.start) row++;
        const fields = fieldsOf(bucket);
        for (const { name, values } of ofSeries) values[row] = fields[ROLL_UP_FIELDS.indexOf(name)] ?? NaN;
      }
      const means = ofSeries.find(({ name }) => name === "sum")?.values;
      for (const { name, values } of ofSeries) {
        // With one sample a minute the extremes are the sum.
        const isSum =
          name !== "sum" && name !== "count" && means && values.every((value, at) => Object.is(value, means[at]));
        if (!isSum) columns.set(bucketKey(series, name), values);
      }
    }
    const block = { at: starts, columns };
    const from = Math.max(span.from, Math.floor(range.from / MINUTE_MS) * MINUTE_MS);
    const covered = { from, until: Math.min(span.until, range.until) };
    // Samples that were imported may lie where minutes are already.
    if (this.#blocks.overlapping(server, MINUTE_MS, covered).length > 0) {
      const idOf = new Map([...bucketsOf.keys()].map((id) => [id, id]));
      const incoming = new BlockReader(encodeBlock(block));
      this.#merge.add(server, { ...covered, resolutionMs: MINUTE_MS, reader: incoming, idOf });
    } else this.#blocks.insert(server, MINUTE_MS, covered, bucketCount(block), block);
    return at.length * bucketsOf.size;
  }

  /** Makes anew the hours of a sealed block in which samples came. */
  add(server: number, block: Block, cameAt: readonly Instant[]): void {
    const hours = new Set(cameAt.map((at) => Math.floor(at / HOUR_MS) * HOUR_MS));
    this.#fleetHours.forget(hours);
    const stretches = Map.groupBy(hours, (hour) => Math.floor(hour / STRETCH_MS) * STRETCH_MS);
    const firstHour = Math.min(...hours);
    const firstRow = block.at.findIndex((at) => at >= firstHour - RATE_LOOKBACK_MS);
    const at = block.at.subarray(firstRow);
    // A block begins where the one before ended: what its counters grew from is in the roll-up of the hour before.
    const bases = (at[0] ?? 0) >= firstHour ? this.#lastBefore(server, at[0] ?? 0) : () => undefined;
    const buckets = new Map<number, readonly RollUp[]>();
    for (const [series, column] of block.columns) {
      buckets.set(series, rollUp(at, column.subarray(firstRow), HOUR_MS, bases(series)));
    }
    for (const [start, ofStretch] of stretches) {
      this.#write(server, { from: start, until: start + STRETCH_MS }, new Set(ofStretch), buckets);
      // With the first hours of a day, the one before is over.
      if (start % DAY_MS === 0) this.#endDay(server, start - DAY_MS);
    }
  }

  #write(
    server: number,
    stretch: TimeRange,
    hours: ReadonlySet<Instant>,
    buckets: ReadonlyMap<number, readonly RollUp[]>,
  ): void {
    const before = this.#blocks.overlapping(server, HOUR_MS, stretch);
    const { at, columnOf, finish } = joinBlocks(readersOf(before), hours);
    for (const [series, ofSeries] of buckets) {
      const counts = columnOf(bucketKey(series, "count"));
      for (const bucket of ofSeries) {
        if (!hours.has(bucket.start)) continue;
        const row = at.indexOf(bucket.start);
        // An hour whose samples were dropped in part knows more than what is left of them.
        if ((counts[row] ?? NaN) > bucket.count) continue;
        for (const [field, value] of fieldsOf(bucket).entries()) {
          columnOf(bucketKey(series, ROLL_UP_FIELDS[field] ?? "count"))[row] = value;
        }
      }
    }
    this.#replace(server, before, stretch, finish());
  }

  /** Puts the hours of a day into one block, for a short one costs more bytes an hour; so with samples, where they are few. */
  #endDay(server: number, day: Instant): void {
    const span = { from: day, until: day + DAY_MS };
    const before = this.#blocks.overlapping(server, HOUR_MS, span);
    if (before.length > 1) this.#replace(server, before, span, joinBlocks(readersOf(before), []).finish());
    joinSmallBlocks(this.#blocks, server, span);
    this.#blocks.tighten(server, span);
  }

  #replace(server: number, before: readonly BlockRow[], { from, until }: TimeRange, block: Block): void {
    const span = {
      from: Math.min(from, ...before.map((row) => row.from)),
      until: Math.max(until, ...before.map((row) => row.until)),
    };
    for (const row of before) this.#blocks.delete(server, row);
    if (block.at.length > 0) this.#blocks.insert(server, HOUR_MS, span, bucketCount(block), block);
  }

  /** The newest sample of a series in the ten minutes before an instant, as far as roll-ups know it. */
  #lastBefore(server: number, instant: Instant): (series: number) => TimedValue | undefined {
    const range: TimeRange = { from: instant - RATE_LOOKBACK_MS, until: instant };
    const readers = this.#blocks.overlapping(server, HOUR_MS, range).flatMap((row) => readIfWhole(row) ?? []);
    return (series) => {
      const days = readers.toReversed().map((reader) => bucketColumns(reader, series));
      const found = days.map((columns) => lastOf(columns, range)).find((last) => last !== undefined);
      if (found !== undefined || readers.length > 0) return found;
      // Days that are closed have no blocks any more.
      return [...this.#closedHours.of(series, range)].map((columns) => lastOf(columns, range)).at(-1);
    };
  }
}

const readersOf = (rows: readonly BlockRow[]): readonly BlockReader[] => rows.flatMap((row) => readIfWhole(row) ?? []);

/** The rows of some blocks, and of further hours that are still empty, as one. */
function joinBlocks(
  readers: readonly BlockReader[],
  hours: Iterable<Instant>,
): { readonly at: Float64Array; readonly columnOf: (key: number) => Float64Array; readonly finish: () => Block } {
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
        if (!Number.isNaN(value)) target[at.indexOf(reader.at[row] ?? NaN)] = value;
      }
    }
  }
  const finish = (): Block => {
    for (const [key, column] of columns) if (column.every(Number.isNaN)) columns.delete(key);
    return { at, columns };
  };
  return { at, columnOf, finish };
}

/** The last sample of the last bucket that has one in a range. */
function lastOf({ start, field }: BucketColumns, range: TimeRange): TimedValue | undefined {
  const last = field("last");
  const lastAfterMs = field("lastAfterMs");
  for (let row = last.length - 1; row >= 0; row--) {
    const at = (start[row] ?? NaN) + (lastAfterMs[row] ?? NaN);
    if (at < range.until) return at >= range.from ? { at, value: last[row] ?? NaN } : undefined;
  }
  return undefined;
}
