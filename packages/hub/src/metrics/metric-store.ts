import type { CombineFunction, Instant, Labels, StepFunction, TimeRange } from "@muster/core";

export type { CombineFunction, StepFunction } from "@muster/core";

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
   * Drops what is older than each resolution is kept, then the oldest days of samples, and of minutes, until the file
   * takes no more than `bytesMax`, and gives the space back. Samples become minutes as they go, where minutes are kept
   * longer. From then on samples older than `samplesMs` are not accepted.
   */
  retain(retention: Retention): Promise<RetentionOutcome>;
}

/** One metric of a query, and how the samples of a step become a point. */
export interface Selection {
  readonly metric: string;
  /** Every named label must be equal; labels not named are free. */
  readonly match: Labels;
  readonly step: StepFunction;
  /** From 0 to 1, for the step function `quantile`; the median when absent. */
  readonly quantile?: number;
}

export interface Query {
  /** Order and repetition do not matter. */
  readonly serverIds: readonly string[];
  readonly select: readonly Selection[];
  readonly range: TimeRange;
  /** Whole milliseconds. Point i covers [from + i*stepMs, from + (i+1)*stepMs) and stands at its beginning. */
  readonly stepMs: number;
  /** More points than this in the answer is refused with QUERY_TOO_LARGE. */
  readonly pointsMax: number;
  /** More samples and roll-ups than about this many read is refused with QUERY_TOO_LARGE; no bound when absent. */
  readonly samplesMax?: number;
  /** Asks for the least and the greatest sample of each step as well. */
  readonly bands?: boolean;
  /** Lines become one a selection and group. */
  readonly combine?: Combination;
  /** Of each selection, only so many lines: those with the greatest mean over the range. */
  readonly top?: number;
}

export interface Combination {
  /** A server that is in several groups counts in each, one that is in none is left out. */
  readonly groups: readonly { readonly name: string; readonly serverIds: readonly string[] }[];
  /** How the points that several series have for one step become one. */
  readonly function: CombineFunction;
}

/** One line of an answer: a series, or several that were combined. */
export interface QueryLine {
  /** The place of its selection in the query. */
  readonly selection: number;
  readonly metric: string;
  /** Of a series; undefined for combined ones. */
  readonly serverId: string | undefined;
  /** The name of the group, for combined ones. */
  readonly group: string | undefined;
  /** Of a series; empty for combined ones. */
  readonly labels: Labels;
  /** How many series are in it. */
  readonly seriesCount: number;
  /** One value a step; NaN where no sample fell: a gap stays a gap. */
  readonly values: Float64Array;
  /** Where `bands` were asked for: the least and the greatest sample of each step, NaN where `values` is. */
  readonly min?: Float64Array;
  readonly max?: Float64Array;
  /**
   * Absent when the points were made of the samples themselves. Otherwise some were made of roll-ups over so many
   * milliseconds, the longest that was used: where samples were dropped, a step that is shorter shows one point for the
   * whole roll-up.
   */
  readonly resolutionMs?: number;
}

/** What is to be taken out of the store, sample by sample. */
export interface SampleRequest {
  readonly serverIds: readonly string[];
  /** All metrics when absent. */
  readonly metrics?: readonly string[];
  readonly match: Labels;
  readonly range: TimeRange;
}

/** Samples of one server over a stretch of time, as they were stored. Each chunk is the state at one commit. */
export interface SampleChunk {
  readonly serverId: string;
  /** By metric, then by label text. */
  readonly columns: readonly (SeriesDescription & {
    /** Ascending; at[i] belongs to values[i]. */
    readonly at: Float64Array;
    readonly values: Float64Array;
  })[];
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

/** How long each resolution is kept, and what the file may take in all. Each is kept at least as long as the finer one. */
export interface Retention {
  readonly samplesMs: number;
  readonly minutesMs: number;
  readonly hoursMs: number;
  readonly bytesMax?: number;
}

export interface RetentionOutcome {
  /** Samples, not roll-ups. */
  readonly droppedCount: number;
  /** Samples before this were dropped; later than `samplesMs` asks for where `bytesMax` did. */
  readonly samplesSince: Instant;
}

/** Reading goes on while writing is refused. */
export interface MetricReader {
  /**
   * Series that match and have a sample in the range, ordered by selection, then by server, then by label text;
   * combined ones in the order of their groups. An unknown metric yields nothing and is no error. The answer is the
   * state at one instant: appends that run meanwhile do not show in it. Rejects with the signal's reason once that is
   * aborted.
   */
  query(query: Query, signal: AbortSignal): Promise<readonly QueryLine[]>;
  /**
   * Samples for taking away, a chunk at a time: by server in the order of their ids, then by time. What is not taken is
   * not read; leaving the loop or aborting ends it. Chunks are non-empty.
   */
  samples(request: SampleRequest, signal: AbortSignal): AsyncIterable<SampleChunk>;
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
  /** Samples older than this are not accepted, until `retain` says otherwise. Deleting is asked by the caller. */
  readonly retentionMs: number;
  /** How far ahead of the hub's clock a sample may stand. */
  readonly futureSkewMs: number;
  readonly seriesPerServerMax: number;
}
