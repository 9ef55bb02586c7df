import { fnv1a } from "./fnv1a.ts";
import { MINUTE_MS } from "./time.ts";
import type { Instant } from "./time.ts";

const BACKED_OFF_MS_MAX = 5 * MINUTE_MS;

/** Where in each interval an id has its place: spread flat, and the same after a restart. */
export const phaseMs = (id: string, intervalMs: number): number => (mixed(fnv1a(id)) / 2 ** 32) * intervalMs;

/** Ids that differ in their last letters only would lie side by side. */
function mixed(hash: number): number {
  let value = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/**
 * When it is the turn of an id next, from `now` on: at its place on the wall clock, so that nobody comes all at once
 * after a start, however often a hub is started anew.
 */
export function firstDueInMs(id: string, intervalMs: number, now: Instant): number {
  const place = phaseMs(id, intervalMs);
  return (((place - now) % intervalMs) + intervalMs) % intervalMs;
}

/** How many intervals to let pass after so many failures in a row: twice as many each time, up to five minutes. */
export function intervalsAfter(failures: number, intervalMs: number): number {
  const most = Math.max(1, Math.floor(BACKED_OFF_MS_MAX / intervalMs));
  return Math.min(2 ** Math.min(Math.max(failures - 1, 0), 30), most);
}

/**
 * When the next look is due after one that was due at `dueMs` and ended at `endedMs`, both monotonic. It keeps to the
 * places of its interval; what was missed meanwhile is not made up for.
 */
export function nextDueMs(dueMs: number, endedMs: number, intervalMs: number, failures: number): number {
  const next = dueMs + intervalsAfter(failures, intervalMs) * intervalMs;
  if (next > endedMs) return next;
  return dueMs + (Math.floor((endedMs - dueMs) / intervalMs) + 1) * intervalMs;
}
