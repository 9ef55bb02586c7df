/** Wall time, epoch milliseconds, UTC. Jumps when the machine's clock is corrected. */
export type Instant = number;

/** The only source of time. Production code gets it injected, so that a test can turn it. */
export interface Clock {
  /** For stamping and display. Durations come from `monotonic`. */
  now(): Instant;
  /** Milliseconds from an arbitrary start; never goes backwards. */
  monotonic(): number;
  /** Calls `fn` once, later. A pending timer does not keep the process alive. */
  after(delayMs: number, fn: () => void): Cancellable;
}

export interface Cancellable {
  cancel(): void;
}

/** Randomness as an argument: uniform in [0, 1). */
export type Random = () => number;

/** A half-open span of time: `from` belongs to it, `until` does not. */
export interface TimeRange {
  readonly from: Instant;
  readonly until: Instant;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
