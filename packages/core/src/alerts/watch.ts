import { BETWEEN, UNKNOWN, WELL } from "./badness.ts";
import type { Badness } from "./badness.ts";

/**
 * How one thing stands by one rule over time. Milliseconds are those of the monotonic clock; ranks are severities. What
 * is `clearing` is still held to be bad.
 */
export type Watch =
  | { readonly is: "well" }
  | { readonly is: "pending"; readonly sinceMs: number; readonly rank: number }
  | { readonly is: "firing"; readonly rank: number; readonly worse: Worse | undefined }
  | { readonly is: "clearing"; readonly sinceMs: number; readonly rank: number };

/** It has been worse than it is held to be since then: by its mildest rank since. */
interface Worse {
  readonly sinceMs: number;
  readonly rank: number;
}

export interface WatchTiming {
  readonly forMs: number;
  readonly clearForMs: number;
}

const HOLD_DOUBLINGS_MAX = 4;
/** How long it must be well that was in an incident which was opened again so often (AL12). */
export const heldClearForMs = (clearForMs: number, reopened: number): number =>
  clearForMs * 2 ** Math.min(reopened, HOLD_DOUBLINGS_MAX);

/** One object for all that is well, which is nearly everything. */
export const WELL_WATCH: Watch = { is: "well" };
export const firingWatch = (rank: number): Watch => ({ is: "firing", rank, worse: undefined });

/** What a step means for an incident. */
export type WatchEffect = "fired" | "raised" | "cleared";

export const isFiring = (
  watch: Watch,
): watch is Extract<Watch, { readonly rank: number }> & { is: "firing" | "clearing" } =>
  watch.is === "firing" || watch.is === "clearing";

/** What came of a step (AL5). */
export function watchEffect(before: Watch, after: Watch): WatchEffect | undefined {
  if (before === after) return undefined;
  if (!isFiring(before)) return isFiring(after) ? "fired" : undefined;
  if (!isFiring(after)) return "cleared";
  return after.rank > before.rank ? "raised" : undefined;
}

/**
 * One look (rules AL4 to AL8): a state for each state and each of well, between, unknown and bad. What has not been seen
 * for long enough is not claimed; a streak that changes its rank is as bad as the mildest of it.
 */
export function stepWatch(watch: Watch, badness: Badness, { forMs, clearForMs }: WatchTiming, nowMs: number): Watch {
  if (badness === UNKNOWN) return watch;
  switch (watch.is) {
    case "well":
      return badness < 0 ? watch : pendingOrFiring({ sinceMs: nowMs, rank: badness }, forMs, nowMs);
    case "pending":
      if (badness < 0) return WELL_WATCH;
      return pendingOrFiring({ sinceMs: watch.sinceMs, rank: Math.min(watch.rank, badness) }, forMs, nowMs);
    case "firing":
      if (badness === WELL)
        return clearingOrWell({ is: "clearing", sinceMs: nowMs, rank: watch.rank }, clearForMs, nowMs);
      if (badness === BETWEEN || badness <= watch.rank)
        return watch.worse === undefined ? watch : firingWatch(watch.rank);
      return raised(watch.rank, watch.worse, badness, forMs, nowMs);
    case "clearing":
      if (badness === WELL) return clearingOrWell(watch, clearForMs, nowMs);
      // Neither bad nor well: the time for which it must be well begins anew.
      if (badness === BETWEEN) return firingWatch(watch.rank);
      return badness > watch.rank ? raised(watch.rank, undefined, badness, forMs, nowMs) : firingWatch(watch.rank);
  }
}

function pendingOrFiring({ sinceMs, rank }: Worse, forMs: number, nowMs: number): Watch {
  return nowMs - sinceMs >= forMs ? firingWatch(rank) : { is: "pending", sinceMs, rank };
}

function clearingOrWell(clearing: Extract<Watch, { is: "clearing" }>, clearForMs: number, nowMs: number): Watch {
  return nowMs - clearing.sinceMs >= clearForMs ? WELL_WATCH : clearing;
}

function raised(rank: number, before: Worse | undefined, badness: Badness, forMs: number, nowMs: number): Watch {
  const worse =
    before === undefined
      ? { sinceMs: nowMs, rank: badness }
      : { sinceMs: before.sinceMs, rank: Math.min(before.rank, badness) };
  return nowMs - worse.sinceMs >= forMs ? firingWatch(worse.rank) : { is: "firing", rank, worse };
}
