import type { QuestionName } from "./questions.ts";

/** What is measured of one store with one data set. */
export interface StoreFigures {
  readonly samples: number;
  /** Processor seconds of all threads of the store's process, from the first sample until all is flushed and merged. */
  readonly cpuPerMillion: number;
  /** Muster only: durable frames, nothing sealed. */
  readonly appendCpuPerMillion?: number;
  /** Accepted, until the last acknowledgement. */
  readonly millionPerSecond: number;
  /** All files after flush, merge and compaction. */
  readonly bytesPerSample: number;
  /** Prometheus only: as the process leaves it, with its write-ahead log. */
  readonly bytesPerSampleBefore?: number;
  readonly memory: MemoryPeak;
  /** Milliseconds, one a round. */
  readonly times: Readonly<Partial<Record<QuestionName, readonly number[]>>>;
  /** Peers only: what asking over HTTP for next to nothing takes. */
  readonly emptyAnswersMs?: readonly number[];
  /** Muster only: samples that were read back and compared bit by bit. */
  readonly comparedSamples?: number;
}

/** The greatest of readings every half a second, over ingest and questions. */
export interface MemoryPeak {
  readonly residentBytes: number;
  readonly pssBytes: number;
  readonly anonymousBytes: number;
}
