import type { Instant, Labels, TimeRange } from "@muster/core";

/** A registered series: a small number that stands for (server, metric, labels) inside one store. */
export type SeriesId = number;

/** One round of readings that belong to one instant: values[i] belongs to series[i]; NaN means "not read this round". */
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

/** too-old: before retention. far-future: more than the allowed skew ahead of the hub's clock. */
export type RejectReason = "too-old" | "far-future" | "duplicate";

export interface AppendResult {
  /** True when this receipt had been stored before: nothing was stored now, and the sender may forget it. */
  readonly alreadyStored: boolean;
  readonly storedCount: number;
  readonly rejected: Readonly<Partial<Record<RejectReason, number>>>;
}

export interface SeriesDescription {
  readonly metric: string;
  readonly labels: Labels;
}

export interface MetricWriter {
  /**
   * The ids of these series of a server, made where new; durable before it resolves. Order as asked.
   * Where a server would pass `seriesPerServerMax`, the surplus gets no id (undefined) and is counted.
   */
  series(serverId: string, descriptions: readonly SeriesDescription[]): Promise<readonly (SeriesId | undefined)[]>;
  /** Resolves when durable; a batch becomes visible together with its receipt. Several may be committed as one. */
  append(batch: Batch): Promise<AppendResult>;
  /** What of a stream is stored, as ascending [first, last] pairs; and `forgetBelow` marks all lower numbers as settled. */
  receipts(stream: string): Promise<readonly (readonly [number, number])[]>;
  settleBelow(stream: string, seq: number): Promise<void>;
  /** Everything of a server goes, for good. */
  deleteServer(serverId: string): Promise<void>;
  /** Drops samples older than this instant, in slices that do not hold up writers. */
  dropBefore(instant: Instant): Promise<number>;
}

/** How the samples that fall in one step become one point. `rate` is per second, across counter resets. */
export type StepFunction = "avg" | "min" | "max" | "last" | "sum" | "count" | "rate";

export interface Query {
  readonly serverIds: readonly string[];
  readonly metric: string;
  /** Every named label must be equal; labels not named are free. */
  readonly match: Labels;
  readonly range: TimeRange;
  /** Point i covers [from + i*stepMs, from + (i+1)*stepMs) and stands at its beginning. */
  readonly stepMs: number;
  readonly step: StepFunction;
  /** More points than this in all is refused with QUERY_TOO_LARGE. */
  readonly pointsMax: number;
}

export interface SeriesPoints {
  readonly serverId: string;
  readonly metric: string;
  readonly labels: Labels;
  /** One value a step; NaN where no sample fell: a gap stays a gap. */
  readonly values: Float64Array;
}

export interface MetricReader {
  /** Series that match, ordered by server, then by label text. An unknown metric yields nothing and is no error. */
  query(query: Query, signal: AbortSignal): Promise<readonly SeriesPoints[]>;
  /** The newest sample of each series of a server at or after `since`. */
  latest(serverId: string, since: Instant): Promise<readonly { readonly metric: string; readonly labels: Labels; readonly at: Instant; readonly value: number }[]>;
  /** Which series a server has. */
  seriesOf(serverId: string): Promise<readonly SeriesDescription[]>;
  size(): Promise<{ readonly seriesCount: number; readonly sampleCount: number; readonly bytes: number }>;
}

export interface MetricStore extends MetricWriter, MetricReader {
  close(): Promise<void>;
}
