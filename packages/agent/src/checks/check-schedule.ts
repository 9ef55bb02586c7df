import { fnv1a } from "@muster/core";

const FIRST_MS_MAX = 2_000;

/** A share in [0, 1): the same text always falls into the same place. */
const shareOf = (text: string): number => fnv1a(text) / 2 ** 32;

/** When a check is tried first, after its service has started: soon, and not all at once. */
export const firstDelayMs = (name: string, intervalMs: number): number =>
  Math.floor(shareOf(name) * Math.min(FIRST_MS_MAX, intervalMs));

/**
 * When a check is due next, in monotonic milliseconds: at its own place in the interval, which its name gives, so that a
 * hundred checks of the same interval fall evenly over it. Half an interval to one and a half after now.
 */
export function nextDueMs(name: string, intervalMs: number, nowMs: number): number {
  const place = shareOf(name) * intervalMs;
  const earliest = nowMs + intervalMs / 2;
  return Math.ceil((earliest - place) / intervalMs) * intervalMs + place;
}
