import type { Instant, Labels, StepFunction, TimeRange } from "@muster/core";

export type { StepFunction } from "@muster/core";

/** A registered series: a small number that stands for (server, metric, labels) inside one store. Never used again. */
export type SeriesId = number;

/**
 * One round of readings that belong to one instant (whole milliseconds): values[i] belongs to series[i]; a value that is
 * not finite means "not read this round".
 */
export interface Row {
  readonly at: Instant;
  readonly values: Float64Array;
}

/** Rows of one sender. Batches of one stream carry growing numbers; a number stored once is never stored again. */
export interface Batch {
  readonly serverId: string;
  /** Who numbers it (an agent id), and its number; absent for senders that do not number. */
  readonly receipt?: { readonly stream: string; readonly seq: number };
  /** From `series()`; equal length as each row's values. */
  readonly series: readonly SeriesId[];
  readonly rows: readonly Row[];
}

/**
 * too-old: before retention. far-future: more than the allowed skew ahead of the hub's clock. duplicate: this series has
 * a sample at that instant, and keeps it. unknown-series: the id is none of this server's, or it went with its server or
 * its last sample; `series()` gives the present one.
 */
export type RejectReason = "too-old" | "far-future" | "duplicate" | "unknown-series";

export interface AppendResult {
  /** True when this receipt had been stored before: nothing was stored now, and the sender may forget it. */
  readonly alreadyStored: boolean;
  readonly storedCount: number;
  /** Samples, not rows, by reason; a reason that did not occur is absent. */
  readonly rejected: Readonly<Partial<Record<RejectReason, number>>>;
}

export interface SeriesDescription {
  readonly metric: string;
  readonly labels: Labels;
}

/**
 * Every method rejects with STORAGE_FULL while the disk has no space (it recovers by itself), with STORAGE_FAILED once
 * the disk returned an error (nothing is accepted until the store is opened anew), and with STARTING after `close`.
 */
export interface MetricWriter {
  /**
   * The ids of these series of a server, made where new; durable before it resolves. Order as asked.
   * Where a server would pass `seriesPerServerMax`, the surplus gets no id (undefined) and is counted; likewise a
   * description whose metric name or labels cannot be stored.
   */
  series(serverId: string, descriptions: readonly SeriesDescription[]): Promise<readonly (SeriesId | undefined)[]>;
  /**
   * Resolves when durable; a batch becomes visible together with its receipt. Several may be committed as one. The
   * arrays are read later: do not change them before it settles. Also rejects with BAD_REQUEST for a malformed batch,
   * and with RATE_LIMITED when more is waiting for the disk than may be held: hold it, and send it again.
   */
  append(batch: Batch): Promise<AppendResult>;
  /** What of a stream is stored, as ascending [first, last] pairs. */
  receipts(stream: string): Promise<readonly (readonly [number, number])[]>;
  /** Marks all numbers below `seq` as settled: they are answered `alreadyStored` and are in `receipts` from 0 on. */
  settleBelow(stream: string, seq: number): Promise<void>;
  /** Everything of a server goes, for good: invisible at once, resolved when the space is free. */
  deleteServer(serverId: string): Promise<void>;
  /**
   * Drops samples older than this instant, in slices that do not hold up writers, then the series that have had no
   * sample since. Answers how many samples went.
   */
  dropBefore(instant: Instant): Promise<number>;
  /**
   * Drops what is older than each resolution is kept, then the oldest days of samples until the file takes no more than
   * `bytesMax`, and gives the space back. Absent where there are no resolutions.
   */
  retain?(retention: Retention): Promise<RetentionOutcome>;
}

export interface Query {
  /** Order and repetition do not matter. */
  readonly serverIds: readonly string[];
  readonly metric: string;
  /** Every named label must be equal; labels not named are free. */
  readonly match: Labels;
  readonly range: TimeRange;
  /** Whole milliseconds. Point i covers [from + i*stepMs, from + (i+1)*stepMs) and stands at its beginning. */
  readonly stepMs: number;
  readonly step: StepFunction;
  /** More points than this in all is refused with QUERY_TOO_LARGE. */
  readonly pointsMax: number;
  /** Asks for the least and the greatest sample of each step as well. An engine may leave it out. */
  readonly bands?: boolean;
}

export interface SeriesPoints {
  readonly serverId: string;
  readonly metric: string;
  readonly labels: Labels;
  /** One value a step; NaN where no sample fell: a gap stays a gap. */
  readonly values: Float64Array;
  /** Where `bands` were asked for: the least and the greatest sample of each step, NaN where `values` is. */
  readonly min?: Float64Array;
  readonly max?: Float64Array;
  /**
   * Absent when the points were made of the samples themselves. Otherwise some were made of roll-ups over so many
   * milliseconds: where samples were dropped, a step that is shorter shows one point for the whole roll-up.
   */
  readonly resolutionMs?: number;
}

export interface LatestSample extends SeriesDescription {
  readonly at: Instant;
  readonly value: number;
}

export interface StoreSize {
  readonly seriesCount: number;
  readonly sampleCount: number;
  /** On disk, with what is only reserved; 0 for a store in memory. */
  readonly bytes: number;
  /** Descriptions that got no id since the store was opened. */
  readonly refusedSeriesCount: number;
  /** What is sealed, by resolution and day, ascending: what a day costs. Absent where nothing is ever sealed. */
  readonly stock?: readonly StockDay[];
}

export interface StockDay {
  /** 0 for the samples themselves. */
  readonly resolutionMs: number;
  /** The beginning of the day, in UTC. */
  readonly day: Instant;
  /** Samples, or rows of roll-ups. */
  readonly sampleCount: number;
  readonly bytes: number;
}

/** How long each resolution is kept, and what the file may take in all. */
export interface Retention {
  readonly rawMs: number;
  /** Hours are kept at least as long as samples. */
  readonly hoursMs: number;
  readonly bytesMax?: number;
}

export interface RetentionOutcome {
  readonly droppedCount: number;
  /** Samples before this were dropped; later than `rawMs` asks for where `bytesMax` did. */
  readonly rawSince: Instant;
}

/** Reading goes on while writing is refused. */
export interface MetricReader {
  /**
   * Series that match and have a sample in the range, ordered by server, then by label text. An unknown metric yields
   * nothing and is no error. The answer is the state at one instant: appends that run meanwhile do not show in it.
   * Rejects with the signal's reason once that is aborted.
   */
  query(query: Query, signal: AbortSignal): Promise<readonly SeriesPoints[]>;
  /** The newest sample of each series of a server at or after `since`, ordered by metric, then by label text. */
  latest(serverId: string, since: Instant): Promise<readonly LatestSample[]>;
  /** Which series a server has, ordered by metric, then by label text. */
  seriesOf(serverId: string): Promise<readonly SeriesDescription[]>;
  size(): Promise<StoreSize>;
}

export interface MetricStore extends MetricWriter, MetricReader {
  /** False once the disk has failed under the store; absent where there is no disk. */
  healthy?(): boolean;
  /** What was accepted is durable when this resolves. */
  close(): Promise<void>;
}

/** What every store is told, whichever engine it is. */
export interface MetricLimits {
  /** Samples older than this are not accepted. Deleting is `dropBefore`, asked by the caller. */
  readonly retentionMs: number;
  /** How far ahead of the hub's clock a sample may stand. */
  readonly futureSkewMs: number;
  readonly seriesPerServerMax: number;
}
