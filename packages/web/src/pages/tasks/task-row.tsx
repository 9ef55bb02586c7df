import { taskStanding } from "@muster/core";
import { memo } from "react";
import { ForeignText } from "../../components/foreign-text.tsx";
import list from "../../components/list.module.css";
import { openOnClick } from "../../components/open-on-click.ts";
import { LastResult } from "../../tasks/last-result.tsx";
import { ScheduleText } from "../../tasks/schedule-text.tsx";
import { TaskSwitch } from "../../tasks/task-switch.tsx";
import type { Task } from "../../tasks/tasks-view.ts";
import { ActCell, NameCell, NextCell, StandingCell } from "./cells.tsx";
import { TASK_COLUMNS } from "./columns.tsx";
import type { TaskColumnId } from "./columns.tsx";
import styles from "./tasks.module.css";

interface TaskRowProps {
  readonly task: Task;
  readonly selected: boolean;
  readonly onOpen: (id: string) => void;
}

const attributes = ({ task, selected, onOpen }: TaskRowProps) => ({
  role: "row",
  "data-testid": "task-row",
  "data-task": task.id,
  "data-standing": taskStanding(task),
  "data-last": task.lastRun?.outcome ?? "none",
  "data-selected": selected,
  ...openOnClick(() => onOpen(task.id)),
});

/** One task in the table. It is drawn anew only when its own values change. */
export const TaskRow = memo(function TaskRow(props: TaskRowProps & { readonly columns: readonly TaskColumnId[] }) {
  return (
    <div {...attributes(props)} className={list.row}>
      {props.columns.map((id) => (
        <div key={id} role="cell" className={list.cell} data-column={id}>
          {TASK_COLUMNS[id].draw(props.task)}
        </div>
      ))}
    </div>
  );
});

/** One task on a phone: whether it is on and its name above, when it is due and how it did below. */
export const TaskLines = memo(function TaskLines(props: TaskRowProps) {
  const { task } = props;
  const standing = taskStanding(task);
  return (
    <div {...attributes(props)} className={`${list.lines} ${styles.lines}`}>
      <div role="cell" className="row">
        <TaskSwitch task={task} />
        <span className="grow clip">
          <NameCell task={task} />
        </span>
        {standing === "planned" ? <NextCell task={task} size="short" /> : <StandingCell task={task} />}
        <ActCell task={task} />
      </div>
      <div role="cell" className={`soft ${styles.second}`}>
        <span className="grow clip">
          {standing === "suspended" ? <ForeignText text={task.suspended ?? ""} /> : <ScheduleText task={task} />}
        </span>
        <LastResult task={task} size="short" />
      </div>
    </div>
  );
});
