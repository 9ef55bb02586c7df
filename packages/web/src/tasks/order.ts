import { compareRows, naturalOrder } from "../fleet/compare-rows.ts";
import type { SortValue } from "../fleet/compare-rows.ts";
import { hasFailed, standingOf } from "./task-state.ts";
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
  const standing = standingOf(task);
  if (standing === "suspended") return 0;
  if (standing === "off") return 5;
  if (hasFailed(task)) return 1;
  return standing === "running" ? 2 : standing === "planned" ? 3 : 4;
}

const READ: Readonly<Record<TaskSortKey, (task: Task) => SortValue>> = {
  name: ({ name }) => name,
  state: urgency,
  next: ({ isEnabled, suspended, nextAt }) => (isEnabled && suspended === null ? nextAt : null),
  last: ({ lastRun }) => lastRun?.slot ?? null,
  owner: ({ owner }) => owner,
};

const byName = (a: Task, b: Task): number => naturalOrder.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
const byNext = compareRows(READ.next, false, byName);
const byUrgency = compareRows(urgency, false, byNext);

/** Compares by the sort; without one what needs somebody comes first, then what is due next. */
export const compareTasks = (sort: TaskSort | undefined): ((a: Task, b: Task) => number) =>
  sort === undefined ? byUrgency : compareRows(READ[sort.key], sort.descending, sort.key === "state" ? byNext : byName);
