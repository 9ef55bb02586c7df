import type { Instant, TimeRange } from "../time.ts";
import { HOUR_MS, MINUTE_MS } from "../time.ts";

/** Samples are sealed hour by hour … */
const SEAL_MS = HOUR_MS;
/** … and at the end of a quarter of a day its blocks become one, because longer columns cost less a sample. */
const GATHER_MS = 6 * HOUR_MS;
/** What a block holds at most when it is gathered: decoding one to read an hour of it must stay cheap. */
const GATHERED_SAMPLES_MAX = 150_000;
/** Late samples of an hour are spared a second sealing. */
const GRACE_MS = 5 * MINUTE_MS;
/** Servers take turns, so that not all are sealed in the first minute of an hour. */
const SPREAD_MS = 40 * MINUTE_MS;
const SPREAD_STEP_MS = 7_919;

const windowOf = (at: Instant, lengthMs: number): TimeRange => {
  const from = Math.floor(at / lengthMs) * lengthMs;
  return { from, until: from + lengthMs };
};

/** Whether a sample that waits to be sealed has waited long enough. `server` is any number that differs from server to server. */
export const isSealDue = (at: Instant, server: number, now: Instant): boolean =>
  windowOf(at, SEAL_MS).until + GRACE_MS + ((server * SPREAD_STEP_MS) % SPREAD_MS) <= now;

/**
 * What to seal together with a sample: its hour, or its quarter of a day when that ends with this hour and is not too
 * much for one block. `samplesIn` counts the samples of a range, sealed or not.
 */
export function sealSpan(at: Instant, now: Instant, samplesIn: (range: TimeRange) => number): TimeRange {
  const hour = windowOf(at, SEAL_MS);
  const quarter = windowOf(at, GATHER_MS);
  const isLast = hour.until === quarter.until || quarter.until + HOUR_MS + GRACE_MS <= now;
  return isLast && quarter.until <= now && samplesIn(quarter) <= GATHERED_SAMPLES_MAX ? quarter : hour;
}
