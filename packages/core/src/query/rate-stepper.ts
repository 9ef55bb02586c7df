import type { Instant, TimeRange } from "../time.ts";
import { MINUTE_MS, SECOND_MS } from "../time.ts";
import { stepCount } from "./step-function.ts";
import type { Stepper } from "./step-function.ts";

/**
 * Two neighbouring samples further apart than this many of the intervals beside them have a gap between them: nobody
 * knows how the counter moved there. The same six intervals after which a server counts as offline.
 */
export const RATE_GAP_INTERVALS = 6;

/** How far before a range its base sample may stand. A longer sampling interval than this gives no rate for its first sample. */
export const RATE_LOOKBACK_MS = 10 * MINUTE_MS;

interface Pair {
  readonly at: Instant;
  readonly increase: number;
  readonly lengthMs: number;
  /** Of the pair before; undefined for the first. */
  readonly lengthBeforeMs: number | undefined;
}

/**
 * The growth per second of a counter. Each pair of neighbouring samples belongs to the step in which its later sample
 * falls, and the rate of a step is the growth of its pairs divided by the time they span: no step is too high or too low
 * because one reading more or less fell in it. A smaller value means that the counter began again from zero.
 */
export function rateStepper(range: TimeRange, stepMs: number): Stepper {
  const growth = growthStepper(range, stepMs);
  return {
    add: growth.add,
    addRun(at, values, first, end) {
      for (let row = first; row < end; row++) growth.add(at[row] ?? NaN, values[row] ?? NaN);
    },
    finish() {
      const { increases, spansMs } = growth.finish();
      return spansMs.map((spanMs, index) => (spanMs === 0 ? NaN : ((increases[index] ?? 0) / spanMs) * SECOND_MS));
    },
  };
}

export interface GrowthStepper {
  add: Stepper["add"];
  /** Per step: how much the counter grew over its pairs, and how long those are in all. */
  finish(): { readonly increases: Float64Array; readonly spansMs: Float64Array };
}

/** What `rateStepper` divides, for those who add to it what they know from elsewhere. */
export function growthStepper(range: TimeRange, stepMs: number): GrowthStepper {
  const points = stepCount(range, stepMs);
  const increases = new Float64Array(points);
  const spansMs = new Float64Array(points);
  let before: { readonly at: Instant; readonly value: number } | undefined;
  // A pair is judged once the interval after it is known.
  let waiting: Pair | undefined;

  const settle = (lengthAfterMs: number | undefined): void => {
    const pair = waiting;
    waiting = undefined;
    if (pair === undefined || pair.at < range.from || pair.at >= range.until) return;
    if (isGap(pair.lengthMs, pair.lengthBeforeMs, lengthAfterMs)) return;
    const index = Math.floor((pair.at - range.from) / stepMs);
    increases[index] = (increases[index] ?? 0) + pair.increase;
    spansMs[index] = (spansMs[index] ?? 0) + pair.lengthMs;
  };

  return {
    add(at, value) {
      if (Number.isNaN(value) || (before !== undefined && at <= before.at)) return;
      if (before !== undefined) {
        const lengthMs = at - before.at;
        const lengthBeforeMs = waiting?.lengthMs;
        settle(lengthMs);
        const increase = Math.max(0, value >= before.value ? value - before.value : value);
        waiting = { at, increase, lengthMs, lengthBeforeMs };
      }
      before = { at, value };
    },
    finish() {
      settle(undefined);
      return { increases, spansMs };
    },
  };
}

/**
 * Longer than six times the longer neighbour. The longer one, because an agent that goes from one-second focus back to
 * its usual interval has not been away. A pair without neighbours is believed.
 */
export function isGap(lengthMs: number, beforeMs: number | undefined, afterMs: number | undefined): boolean {
  if (beforeMs === undefined && afterMs === undefined) return false;
  return lengthMs > RATE_GAP_INTERVALS * Math.max(beforeMs ?? 0, afterMs ?? 0);
}
