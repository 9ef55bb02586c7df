import { RATE_LOOKBACK_MS } from "@muster/core";
import type { Instant, Labels, StepFunction, Stepper, TimeRange } from "@muster/core";
import type { LatestSample, SeriesDescription } from "../metric-store.ts";

/** The samples of one series, ascending by time, at most one an instant. */
export class MemorySeries implements SeriesDescription {
  readonly metric: string;
  readonly labels: Labels;
  readonly createdAt: Instant;
  #at: Instant[] = [];
  #values: number[] = [];

  constructor(description: SeriesDescription, createdAt: Instant) {
    this.metric = description.metric;
    this.labels = { ...description.labels };
    this.createdAt = createdAt;
  }

  get sampleCount(): number {
    return this.#at.length;
  }

  /** False when there is a sample at that instant already. */
  insert(at: Instant, value: number): boolean {
    const index = this.#firstFrom(at);
    if (this.#at[index] === at) return false;
    this.#at.splice(index, 0, at);
    this.#values.splice(index, 0, value);
    return true;
  }

  latest(since: Instant): LatestSample | undefined {
    const at = this.#at.at(-1);
    const value = this.#values.at(-1);
    if (at === undefined || value === undefined || at < since) return undefined;
    return { metric: this.metric, labels: this.labels, at, value };
  }

  /** Gives the samples of a range, ascending, after the base of a rate; undefined when the range has none. */
  feed(range: TimeRange, step: StepFunction, steppers: () => readonly Stepper[]): readonly Stepper[] | undefined {
    const first = this.#firstFrom(range.from);
    const end = this.#firstFrom(range.until);
    if (first >= end) return undefined;
    const fed = steppers();
    const hasBase = step === "rate" && (this.#at[first - 1] ?? -Infinity) >= range.from - RATE_LOOKBACK_MS;
    for (let index = hasBase ? first - 1 : first; index < end; index++) {
      for (const each of fed) each.add(this.#at[index] ?? NaN, this.#values[index] ?? NaN);
    }
    return fed;
  }

  samples({ from, until }: TimeRange): { readonly at: Float64Array; readonly values: Float64Array } {
    const bounds = [this.#firstFrom(from), Math.max(this.#firstFrom(from), this.#firstFrom(until))] as const;
    return {
      at: Float64Array.from(this.#at.slice(...bounds)),
      values: Float64Array.from(this.#values.slice(...bounds)),
    };
  }

  /** How many samples went. */
  dropBefore(instant: Instant): number {
    const count = this.#firstFrom(instant);
    this.#at.splice(0, count);
    this.#values.splice(0, count);
    return count;
  }

  #firstFrom(instant: Instant): number {
    let low = 0;
    let high = this.#at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#at[middle] ?? Infinity) < instant) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
