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
  const sorted = numbers.toSorted((a, b) => a - b);
  const max = sorted.at(-1);
  if (max === undefined) return null;
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { median: at(0.5), p95: at(0.95), max };
}
