import { FAILED_RUN_OUTCOMES, taskStanding } from "@muster/core";
import type { TaskRunOutcome } from "@muster/core";
import type { Run, Task } from "./tasks-view.ts";

export const isFailure = (outcome: TaskRunOutcome | null): boolean =>
  outcome !== null && FAILED_RUN_OUTCOMES.includes(outcome);

/** Whether the last run of a task did not do what it should. */
export const hasFailed = ({ lastRun }: Task): boolean => isFailure(lastRun?.outcome ?? null);

/** Whether a run began later than its task wants to be told of. */
export const isLate = ({ lateMs }: Run, { tell }: Pick<Task, "tell">): boolean =>
  lateMs !== null && tell.lateAfterMs !== null && lateMs > tell.lateAfterMs;

/** Whether an instant is on the same day as another one, by the viewer's clock. */
export function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** How many tasks failed the last time they ran, and that was today. */
export function failedToday(tasks: Iterable<Task>, now: number): number {
  let count = 0;
  for (const task of tasks) if (hasFailed(task) && isSameDay(task.lastRun?.slot ?? 0, now)) count++;
  return count;
}

/** Words that are filters at the top of the list, those that need somebody first. */
export const COUNTED = ["suspended", "failed", "running", "planned", "off"] as const;
export type Counted = (typeof COUNTED)[number];

/** How many tasks stand how. One that failed is counted by how it stands as well. */
export function countTasks(tasks: Iterable<Task>): Readonly<Record<Counted | "total", number>> {
  const counts = { total: 0, suspended: 0, failed: 0, running: 0, planned: 0, off: 0 };
  for (const task of tasks) {
    counts.total++;
    const standing = taskStanding(task);
    if (standing !== "over") counts[standing]++;
    if (hasFailed(task)) counts.failed++;
  }
  return counts;
}
