import type { DatabaseSync } from "node:sqlite";
import { DAY_MS, HOUR_MS, ROLL_UP_FIELDS } from "@muster/core";
import type { Block, BlockReader, Instant, RollUpField, TimeRange } from "@muster/core";
import { readIfWhole } from "../block-rows.ts";
import type { BlockRows } from "../block-rows.ts";
import { bucketColumns, bucketCount, bucketKey, seriesOfKey } from "../bucket-columns.ts";
import type { StoredBuckets } from "../bucket-columns.ts";
import { ClosedHours } from "../series-hours.ts";

/** Roll-ups as they come: the numbers that series have in the store, by those they have in the file. */
export interface IncomingBuckets extends TimeRange {
  readonly resolutionMs: number;
  readonly reader: BlockReader;
  readonly idOf: ReadonlyMap<number, number>;
}

/** One bucket of one series, wherever it comes from. */
interface Bucket {
  readonly columns: StoredBuckets;
  readonly row: number;
  readonly count: number;
}

/**
 * Puts roll-ups beside those that a store has. Where both know a bucket, the one made of more samples stays. Part of a
 * transaction.
 */
export class MergeBuckets {
  readonly #blocks: BlockRows;
  readonly #closed: ClosedHours;

  constructor(db: DatabaseSync, blocks: BlockRows) {
    this.#blocks = blocks;
    this.#closed = new ClosedHours(db);
  }

  /** Answers how many buckets were taken, and how many the store had already. */
  add(server: number, incoming: IncomingBuckets): { readonly stored: number; readonly known: number } {
    const outcome = { stored: 0, known: 0 };
    for (const span of spansOf(incoming)) {
      const { stored, known } = this.#addSpan(server, incoming, span);
      outcome.stored += stored;
      outcome.known += known;
    }
    return outcome;
  }

  #addSpan(
    server: number,
    { resolutionMs, reader, idOf }: IncomingBuckets,
    asked: TimeRange,
  ): { readonly stored: number; readonly known: number } {
    const rows = this.#blocks.overlapping(server, resolutionMs, asked);
    const span = {
      from: Math.min(asked.from, ...rows.map(({ from }) => from)),
      until: Math.max(asked.until, ...rows.map(({ until }) => until)),
    };
    const buckets = new Map<number, Map<Instant, Bucket>>();
    for (const block of rows.flatMap((row) => readIfWhole(row) ?? [])) {
      for (const id of seriesIn(block)) putAll(ofSeries(buckets, id), bucketColumns(block, id), span);
    }
    let stored = 0;
    let known = 0;
    for (const [idInFile, id] of idOf) {
      const mine = ofSeries(buckets, id);
      const closed = new Map<Instant, Bucket>();
      if (resolutionMs === HOUR_MS) for (const columns of this.#closed.of(id, asked)) putAll(closed, columns, asked);
      const came = new Map<Instant, Bucket>();
      putAll(came, bucketColumns(reader, idInFile), asked);
      for (const [start, bucket] of came) {
        const before = mine.get(start) ?? closed.get(start);
        if (before !== undefined && before.count >= bucket.count) known++;
        else {
          mine.set(start, bucket);
          stored++;
        }
      }
    }
    if (stored > 0) {
      for (const row of rows) this.#blocks.delete(server, row);
      const block = blockOf(buckets);
      this.#blocks.insert(server, resolutionMs, span, bucketCount(block), block);
    }
    return { stored, known };
  }
}

/** Hours lie in a block a day, minutes as they come. */
function spansOf({ resolutionMs, from, until, reader }: IncomingBuckets): readonly TimeRange[] {
  if (resolutionMs !== HOUR_MS) return [{ from, until }];
  const days = new Set([...reader.at].map((start) => Math.floor(start / DAY_MS) * DAY_MS));
  return [...days].map((day) => ({ from: day, until: day + DAY_MS }));
}

const seriesIn = (reader: BlockReader): ReadonlySet<number> => new Set(reader.keys().map(seriesOfKey));

function ofSeries(buckets: Map<number, Map<Instant, Bucket>>, id: number): Map<Instant, Bucket> {
  const known = buckets.get(id) ?? new Map<Instant, Bucket>();
  buckets.set(id, known);
  return known;
}

function putAll(to: Map<Instant, Bucket>, lazy: StoredBuckets, { from, until }: TimeRange): void {
  // Each bucket is asked for each field, and decoding one takes as long as for all buckets.
  const decoded = new Map<RollUpField, ArrayLike<number>>();
  const field = (name: RollUpField): ArrayLike<number> => {
    const known = decoded.get(name) ?? lazy.field(name);
    decoded.set(name, known);
    return known;
  };
  const columns = { start: lazy.start, field, has: lazy.has };
  const counts = columns.field("count");
  for (let row = 0; row < counts.length; row++) {
    const count = counts[row] ?? NaN;
    const start = columns.start[row] ?? NaN;
    if (!Number.isNaN(count) && start >= from && start < until) to.set(start, { columns, row, count });
  }
}

function blockOf(buckets: ReadonlyMap<number, ReadonlyMap<Instant, Bucket>>): Block {
  const at = Float64Array.from(new Set([...buckets.values()].flatMap((mine) => [...mine.keys()]))).sort();
  const rowOf = new Map([...at].map((start, row) => [start, row]));
  const columns = new Map<number, Float64Array>();
  for (const [id, mine] of buckets) {
    for (const name of ROLL_UP_FIELDS) {
      // What none has is left out; what some have is made for the others as reading would make it.
      if (![...mine.values()].some((bucket) => bucket.columns.has(name))) continue;
      const column = new Float64Array(at.length).fill(NaN);
      for (const [start, bucket] of mine) column[rowOf.get(start) ?? 0] = bucket.columns.field(name)[bucket.row] ?? NaN;
      if (!column.every(Number.isNaN)) columns.set(bucketKey(id, name), column);
    }
  }
  return { at, columns };
}
