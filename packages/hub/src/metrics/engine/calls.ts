import type { Instant, SequenceRanges } from "@muster/core";
import type {
  LatestSample,
  Query,
  QueryLine,
  Row,
  SampleChunk,
  SampleRequest,
  SeriesDescription,
  SeriesId,
  StoreSize,
} from "../metric-store.ts";
import type { BatchRows } from "./frames.ts";
import type { Failure } from "./storage-failure.ts";
import type { SenderChanges } from "./sender-registry.ts";

/** What the hub's thread may ask the writing thread, and what it answers. */
export interface WriteCalls {
  series: {
    ask: {
      readonly serverId: string;
      readonly descriptions: readonly SeriesDescription[];
      readonly seriesPerServerMax: number;
      readonly now: Instant;
    };
    answer: readonly (SeriesId | undefined)[];
  };
  append: {
    ask: {
      readonly serverId: string;
      readonly receipt: { readonly stream: string; readonly seq: number } | undefined;
      readonly series: readonly SeriesId[];
      readonly rows: readonly Row[];
    };
    answer: AppendOutcome;
  };
  receipts: { ask: { readonly stream: string }; answer: SequenceRanges };
  settleBelow: { ask: { readonly stream: string; readonly seq: number }; answer: undefined };
  /** Makes a server invisible; answers its row, whose frames are still there. */
  hideServer: { ask: { readonly serverId: string }; answer: number | undefined };
  /** Deletes some frames of a hidden server; false once all are gone, and the server's row with them. */
  purgeSlice: { ask: { readonly server: number }; answer: boolean };
  /**
   * Drops some old samples, and roll-ups, of the servers after this row; `nextAfter` is where to go on, undefined at the
   * end.
   */
  dropSlice: {
    ask: {
      readonly samplesBefore: Instant;
      readonly minutesBefore: Instant;
      readonly hoursBefore: Instant;
      readonly after: number;
    };
    answer: { readonly droppedCount: number; readonly nextAfter: number | undefined };
  };
  /** Seals some of what is due, of the servers after this row. */
  sealSlice: {
    ask: { readonly now: Instant; readonly after: number };
    answer: { readonly sealedCount: number; readonly nextAfter: number | undefined };
  };
  /** Gives some empty pages back to the disk, and answers how much of the file is not empty. */
  shrinkSlice: {
    ask: Readonly<Record<string, never>>;
    answer: { readonly isMore: boolean; readonly usedBytes: number };
  };
}

export interface AppendOutcome {
  readonly alreadyStored: boolean;
  readonly storedCount: number;
  readonly duplicateCount: number;
  readonly unknownSeriesCount: number;
}

/** What the hub's thread may ask the reading thread. */
export interface ReadCalls {
  query: { ask: { readonly query: Query }; answer: readonly QueryLine[] };
  /** The first samples from an instant on, if any; `next` is where to go on, undefined at the end. */
  samples: {
    ask: { readonly serverId: string; readonly request: SampleRequest; readonly from: Instant };
    answer: { readonly chunk: SampleChunk | undefined; readonly next: Instant | undefined };
  };
  latest: { ask: { readonly serverId: string; readonly since: Instant }; answer: readonly LatestSample[] };
  seriesOf: { ask: { readonly serverId: string }; answer: readonly SeriesDescription[] };
  size: { ask: Readonly<Record<string, never>>; answer: Omit<StoreSize, "refusedSeriesCount"> };
}

export type WriteJob = { [K in keyof WriteCalls]: { readonly kind: K } & WriteCalls[K]["ask"] }[keyof WriteCalls];
/** A job as it is applied: the rows of a batch lie in two arrays. */
export type AppliedJob = Exclude<WriteJob, { readonly kind: "append" }> | AppendJob;
export interface AppendJob extends Omit<WriteCalls["append"]["ask"], "rows"> {
  readonly kind: "append";
  readonly rows: BatchRows;
}
export type ReadJob = { [K in keyof ReadCalls]: { readonly kind: K } & ReadCalls[K]["ask"] }[keyof ReadCalls];

export type Outcome<Answer> =
  | { readonly is: "done"; readonly answer: Answer }
  | { readonly is: "failed"; readonly failure: Failure };
/** One per job, in order. */
export type WriteOutcomes = readonly Outcome<WriteCalls[keyof WriteCalls]["answer"]>[];
export type ReadOutcome = Outcome<ReadCalls[keyof ReadCalls]["answer"]>;

/** The reading thread, as its queue sees it. */
export interface Line {
  /** The caller waits for the answer before it asks again. Rejects with STORAGE_FAILED when the thread is gone. */
  ask(message: ToWorker): Promise<unknown>;
  readonly isAlive: boolean;
}

/** The writing thread, as its queue sees it. */
export interface WriteLine {
  /** Commits a group; asked and answered as of `Line`. */
  write(jobs: readonly WriteJob[]): Promise<WriteOutcomes>;
  readonly isAlive: boolean;
}

/** Given to a thread at its start. */
export interface WorkerConfig {
  readonly role: "writer" | "reader";
  readonly path: string;
}

/** What a file had when it was opened. */
export interface OpenedStore {
  /** Rows of servers whose deletion is unfinished. */
  readonly hiddenServers: readonly number[];
  /** Samples before this became minutes. */
  readonly samplesSince: Instant;
}
export type OpenOutcome = Outcome<OpenedStore>;

/** So many batches that follow each other in the array of numbers. */
export type BatchCount = number;

/**
 * A group of jobs as it crosses to the writing thread. Batches lie in one array, which is handed over and not copied:
 * the number of the sender, the number of the batch (NaN without one), how many rows, how many values each has, the
 * instant of each row, and the values row by row.
 */
export interface WriteMessage {
  readonly is: "write";
  readonly senders: SenderChanges;
  readonly jobs: readonly (Exclude<WriteJob, { readonly kind: "append" }> | BatchCount)[];
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** What became of a group, in the order of its jobs. Of batches that were applied the counts lie in one array. */
export interface WriteAnswer {
  readonly outcomes: readonly (WriteOutcomes[number] | BatchCount)[];
  readonly numbers: Float64Array<ArrayBuffer>;
}

export type ToWorker =
  | { readonly is: "open" }
  | WriteMessage
  /** `abortFlag[0]` becomes 1 when nobody waits for the answer any more. */
  | { readonly is: "read"; readonly job: ReadJob; readonly abortFlag: Int32Array }
  | { readonly is: "close" };
