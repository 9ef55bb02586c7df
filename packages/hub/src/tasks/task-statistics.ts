import { quantileOf } from "@muster/core";
import type { TaskRunOutcome } from "@muster/core";
import type { TaskRunRow } from "../state/schema.ts";

export interface Spread {
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

export interface TaskStatistics {
  readonly counts: Partial<Record<TaskRunOutcome, number>>;
  readonly durationMs: Spread | null;
  readonly lateMs: Spread | null;
}

/** How runs went: outcomes counted, each missed slot singly, and how long they took and how late they began, in milliseconds. */
export function taskStatistics(
  runs: readonly Pick<TaskRunRow, "outcome" | "slot_count" | "started_at" | "ended_at" | "late_ms">[],
): TaskStatistics {
  const counts: Partial<Record<TaskRunOutcome, number>> = {};
  for (const { outcome, slot_count } of runs)
    if (outcome !== null) counts[outcome] = (counts[outcome] ?? 0) + slot_count;
  return {
    counts,
    durationMs: spread(
      runs.flatMap(({ started_at, ended_at }) =>
        started_at === null || ended_at === null ? [] : [Math.max(0, ended_at - started_at)],
      ),
    ),
    lateMs: spread(runs.flatMap(({ late_ms }) => late_ms ?? [])),
  };
}

/** Null for no numbers. */
function spread(numbers: readonly number[]): Spread | null {
  if (numbers.length === 0) return null;
  const ascending = Float64Array.from(numbers).sort();
  return { median: quantileOf(ascending, 0.5), p95: quantileOf(ascending, 0.95), max: ascending.at(-1)! };
}
