import type { Instant, TimeRange } from "../time.ts";
import { HOUR_MS, MINUTE_MS } from "../time.ts";

/** A block is two hours of a server: longer ones cost hardly less a sample, and leave more waiting in frames. */
const SEAL_MS = 2 * HOUR_MS;
/** With more samples than this it is one hour, so that sealing holds up no append for long. */
const SAMPLES_MAX = 120_000;
/** Samples that come a little late are spared a second sealing. */
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

/** What to seal together with a sample. `samplesIn` counts the samples of a range, sealed or not. */
export function sealSpan(at: Instant, samplesIn: (range: TimeRange) => number): TimeRange {
  const wanted = windowOf(at, SEAL_MS);
  return samplesIn(wanted) <= SAMPLES_MAX ? wanted : windowOf(at, HOUR_MS);
}
