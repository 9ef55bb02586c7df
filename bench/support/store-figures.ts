/** What the benchmark of stores measures of one. */
export interface StoreFigures {
  readonly samples: number;
  /** Seconds of all threads, generating left out. */
  readonly cpuPerMillion: number;
  readonly ingestSeconds: number;
  /** All files together, after everything is flushed and closed. */
  readonly bytesPerSample: number;
  readonly rss: number;
  /** Medians in milliseconds. */
  readonly queries: {
    readonly day: number;
    readonly dayRate: number;
    readonly dayHours: number;
    readonly hourAll: number;
  };
}
