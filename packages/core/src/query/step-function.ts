import type { Instant, TimeRange } from "../time.ts";

/**
 * How the samples that fall in one step become one point. `rate` is per second, across counter resets; `quantile` goes
 * with a number from 0 to 1.
 */
export const STEP_FUNCTIONS = ["avg", "min", "max", "last", "sum", "count", "rate", "quantile"] as const;
export type StepFunction = (typeof STEP_FUNCTIONS)[number];

/** How many steps cover a range; the last one is cut at `until`. An empty or reversed range has none. */
export function stepCount(range: TimeRange, stepMs: number): number {
  return range.until > range.from ? Math.ceil((range.until - range.from) / stepMs) : 0;
}

/** Takes one series sample by sample and holds one number a step, however many samples pass through. */
export interface Stepper {
  /**
   * Samples come in ascending time. A value that is not a number is skipped, and so is a sample outside the range,
   * except that `rate` uses what stands before the range as its base.
   */
  add(at: Instant, value: number): void;
  /** The same for at[i] and values[i] from `first` on, before `end`. */
  addRun(at: ArrayLike<Instant>, values: ArrayLike<number>, first: number, end: number): void;
  /** One value a step, NaN for a step that no sample fell in. Called once, at the end. */
  finish(): Float64Array;
}
