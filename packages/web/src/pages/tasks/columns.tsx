import type { ReactNode } from "react";
import type { ColumnLook } from "../../fleet/fit-columns.ts";
import { LastResult } from "../../tasks/last-result.tsx";
import type { TaskSortKey } from "../../tasks/order.ts";
import { ScheduleText } from "../../tasks/schedule-text.tsx";
import { TaskSwitch } from "../../tasks/task-switch.tsx";
import type { Task } from "../../tasks/tasks-view.ts";
import { ActCell, NameCell, NextCell, OwnerCell, StandingCell, WorkCell } from "./cells.tsx";

export type TaskColumnId = "switch" | "state" | "name" | "work" | "schedule" | "next" | "last" | "owner" | "act";

interface TaskColumnLook extends ColumnLook {
  readonly sort?: TaskSortKey;
  readonly draw: (task: Task) => ReactNode;
}

/** Everything a list says of a task, in the order of the table. */
export const TASK_COLUMNS: Readonly<Record<TaskColumnId, TaskColumnLook>> = {
  switch: { least: 30, draw: (task) => <TaskSwitch task={task} /> },
  state: { least: 96, sort: "state", draw: (task) => <StandingCell task={task} /> },
  name: { least: 130, grow: 1.2, sort: "name", draw: (task) => <NameCell task={task} /> },
  work: { least: 150, grow: 1.8, importance: 15, draw: (task) => <WorkCell task={task} /> },
  schedule: { least: 130, grow: 1.2, importance: 14, draw: (task) => <ScheduleText task={task} /> },
  next: { least: 240, grow: 0.6, importance: 18, sort: "next", draw: (task) => <NextCell task={task} /> },
  last: { least: 232, grow: 0.8, importance: 17, sort: "last", draw: (task) => <LastResult task={task} /> },
  owner: { least: 70, importance: 11, sort: "owner", draw: (task) => <OwnerCell task={task} /> },
  act: { least: 32, importance: 19, draw: (task) => <ActCell task={task} /> },
};

export const TASK_COLUMN_IDS = Object.keys(TASK_COLUMNS) as readonly TaskColumnId[];
