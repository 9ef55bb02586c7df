import type { DatabaseSync } from "node:sqlite";
import { HOUR_MS, MINUTE_MS } from "@muster/core";
import type { Instant, TimeRange } from "@muster/core";
import type { SampleChunk, SeriesDescription } from "../metric-store.ts";
import { compareSeries, matchesLabels } from "../series-order.ts";
import { earliestStart } from "./block-rows.ts";
import type { ReadCalls } from "./calls.ts";
import type { Look, SampleScan } from "./sample-scan.ts";
import { RAW } from "./schema.ts";

/** As long as a block, so that most chunks are read from one; shorter for very many series, so that none is huge. */
const CHUNK_MS = 2 * HOUR_MS;
const CHUNK_MS_MIN = MINUTE_MS;
const SERIES_PER_CHUNK = 400;
const chunkMsFor = (seriesCount: number): number =>
  Math.max(CHUNK_MS_MIN, Math.floor(CHUNK_MS / Math.max(1, Math.ceil(seriesCount / SERIES_PER_CHUNK))));

/** Gives the samples of a server piece by piece. */
export class SampleChunks {
  readonly #scan: SampleScan;
  readonly #selectBlock;

  constructor(db: DatabaseSync, scan: SampleScan) {
    this.#scan = scan;
    this.#selectBlock = db.prepare(
      `SELECT start FROM block WHERE server = ? AND resolution = ${RAW} AND start < ? AND start >= ? AND until > ? ORDER BY start LIMIT 1`,
    );
  }

  /** `described` are the series of the server. */
  next(
    server: number,
    described: ReadonlyMap<number, SeriesDescription>,
    { serverId, request, from }: ReadCalls["samples"]["ask"],
    look: Look,
  ): ReadCalls["samples"]["answer"] {
    const { until } = request.range;
    const wanted = [...described]
      .filter(
        ([, { metric, labels }]) => (request.metrics?.includes(metric) ?? true) && matchesLabels(labels, request.match),
      )
      .map(([series]) => series);
    const begin = wanted.length === 0 ? undefined : this.#firstFrom(server, { from, until });
    if (begin === undefined) return { chunk: undefined, next: undefined };
    const chunkMs = chunkMsFor(wanted.length);
    const end = Math.min(until, Math.floor(begin / chunkMs) * chunkMs + chunkMs);
    return { chunk: this.#chunk(server, serverId, described, wanted, { from: begin, until: end }, look), next: end };
  }

  /** Where a chunk may begin. */
  #firstFrom(server: number, { from, until }: TimeRange): Instant | undefined {
    if (from >= until) return undefined;
    const frame = this.#scan.frames.firstAt(server, { from, until });
    const block = this.#selectBlock.get(server, until, earliestStart(from), from)?.["start"];
    const starts = [frame, block].filter((start) => typeof start === "number");
    return starts.length === 0 ? undefined : Math.max(from, Math.min(...starts));
  }

  #chunk(
    server: number,
    serverId: string,
    described: ReadonlyMap<number, SeriesDescription>,
    wanted: readonly number[],
    range: TimeRange,
    look: Look,
  ): SampleChunk | undefined {
    const found = new Map<number, { readonly at: number[]; readonly values: number[] }>();
    this.#scan.forEachRun(server, range, wanted, look, (series, at, values, first, end) => {
      let column = found.get(series);
      if (column === undefined) found.set(series, (column = { at: [], values: [] }));
      for (let row = first; row < end; row++) {
        const value = values[row] ?? NaN;
        if (Number.isNaN(value)) continue;
        column.at.push(at[row] ?? NaN);
        column.values.push(value);
      }
    });
    const columns = [...found].flatMap(([series, { at, values }]) => {
      const description = described.get(series);
      if (description === undefined || at.length === 0) return [];
      return [{ ...description, at: Float64Array.from(at), values: Float64Array.from(values) }];
    });
    return columns.length === 0 ? undefined : { serverId, columns: columns.sort(compareSeries) };
  }
}
