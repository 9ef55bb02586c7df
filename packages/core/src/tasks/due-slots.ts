import { fnv1a } from "../fnv1a.ts";
import { MINUTE_MS } from "../time.ts";
import type { Instant } from "../time.ts";
import type { TaskDefinition } from "./task.ts";

/** A slot that is seen later than this was missed: nobody was there when it was due. */
export const ON_TIME_MS = MINUTE_MS;
/** So many missed slots at most are run late. */
export const LATE_RUNS_MAX = 100;

/** What becomes of slots that have passed. */
export type DueSlot =
  | { readonly is: "run"; readonly slot: Instant }
  /** Several in a row are told together. */
  | {
      readonly is: "missed";
      readonly slot: Instant;
      readonly last: Instant;
      readonly count: number;
      readonly why: string;
    };

/**
 * Accounts for each slot that has passed since the last look, oldest first in and out. `earlier`: there were more before
 * them than anybody wants to count.
 */
export function accountFor(
  slots: readonly Instant[],
  { missed, missedWithinMs }: Pick<TaskDefinition, "missed" | "missedWithinMs">,
  now: Instant,
): readonly DueSlot[] {
  const isOnTime = (slot: Instant): boolean => now - slot <= ON_TIME_MS;
  const late = slots.filter((slot) => !isOnTime(slot) && now - slot <= missedWithinMs);
  const made = new Set(missed === "skip" ? [] : late.slice(missed === "once" ? -1 : -LATE_RUNS_MAX));
  const whyMissed = (slot: Instant): string =>
    missed === "skip"
      ? "the hub was not there"
      : now - slot > missedWithinMs
        ? "the hub was not there, and it is too late now"
        : missed === "once"
          ? "the hub was not there; a later one was run in its place"
          : "the hub was not there; too many were missed";
  const due: DueSlot[] = [];
  for (const slot of slots) {
    if (isOnTime(slot) || made.has(slot)) {
      due.push({ is: "run", slot });
      continue;
    }
    const why = whyMissed(slot);
    const before = due.at(-1);
    if (before?.is === "missed" && before.why === why)
      due[due.length - 1] = { ...before, last: slot, count: before.count + 1 };
    else due.push({ is: "missed", slot, last: slot, count: 1, why });
  }
  return due;
}

/** How long after its slot a run begins: the same each time it is asked, another for each task and slot. */
export const jitterOf = (taskId: string, slot: Instant, jitterMs: number): number =>
  jitterMs === 0 ? 0 : fnv1a(`${taskId} ${slot}`) % (jitterMs + 1);
