import { nextRunAt, taskStanding } from "@muster/core";
import { compareRows, naturalOrder } from "../fleet/compare-rows.ts";
import type { SortValue } from "../fleet/compare-rows.ts";
import { hasFailed } from "./task-state.ts";
import type { Task } from "./tasks-view.ts";

/** Columns of the list that can be sorted by. */
export const TASK_SORT_KEYS = ["name", "state", "next", "last", "owner"] as const;
export type TaskSortKey = (typeof TASK_SORT_KEYS)[number];
export interface TaskSort {
  readonly key: TaskSortKey;
  readonly descending: boolean;
}

/** What needs somebody first: what may not run, what failed, what runs; what is off comes last. */
function urgency(task: Task): number {
  const standing = taskStanding(task);
  if (standing === "suspended") return 0;
  if (standing === "off") return 5;
  if (hasFailed(task)) return 1;
  return standing === "running" ? 2 : standing === "planned" ? 3 : 4;
}

const READ: Readonly<Record<TaskSortKey, (task: Task) => SortValue>> = {
  name: ({ name }) => name,
  state: urgency,
  next: nextRunAt,
  last: ({ lastRun }) => lastRun?.slot ?? null,
  owner: ({ owner }) => owner,
};

const byName = (a: Task, b: Task): number => naturalOrder.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);

/** Compares by the sort; without one what needs somebody comes first, then what is due next. */
export function compareTasks(
  { key, descending }: TaskSort = { key: "state", descending: false },
): (a: Task, b: Task) => number {
  const rest = key === "state" ? compareRows(READ.next, false, byName) : byName;
  return compareRows(READ[key], descending, rest);
}
