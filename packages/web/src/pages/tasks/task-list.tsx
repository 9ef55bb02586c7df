import { useNarrow } from "../../browser/use-media.ts";
import { ColumnHead } from "../../components/column-head.tsx";
import { RowList } from "../../components/row-list.tsx";
import type { TaskSort, TaskSortKey } from "../../tasks/order.ts";
import type { Task } from "../../tasks/tasks-view.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { TASK_COLUMN_IDS, TASK_COLUMNS } from "./columns.tsx";
import { TaskLines, TaskRow } from "./task-row.tsx";
import styles from "./tasks.module.css";

interface TaskListProps {
  readonly tasks: readonly Task[];
  readonly selected: string | undefined;
  readonly sort: TaskSort | undefined;
  readonly onSort: (sort: TaskSort) => void;
  readonly onOpen: (id: string) => void;
  readonly onPointer: (isInside: boolean) => void;
}

const ROW_HEIGHT = 36;
const LINES_HEIGHT = 64;

/** Of the last runs the newest is looked for, of everything else the first. */
const startsDescending = (key: TaskSortKey): boolean => key === "last";
const idOf = ({ id }: Task): string => id;

/** Tasks as a table, or as lines on a phone. */
export function TaskList({ tasks, selected, sort, onSort, onOpen, onPointer }: TaskListProps) {
  const say = useTaskTexts();
  const narrow = useNarrow();
  return (
    <RowList
      items={tasks}
      keyOf={idOf}
      holds={({ id }, wanted) => id === wanted}
      heightOf={() => (narrow ? LINES_HEIGHT : ROW_HEIGHT)}
      look={narrow ? "lines" : "table"}
      looks={TASK_COLUMNS}
      columns={TASK_COLUMN_IDS}
      selected={selected}
      label={say("title")}
      className={styles.tasks}
      testId="task-list"
      onPointer={onPointer}
      head={(shown) =>
        shown.map((id) => (
          <ColumnHead
            key={id}
            name={id === "switch" || id === "act" ? "" : say(`column.${id}`)}
            unit={undefined}
            align={undefined}
            sortKey={TASK_COLUMNS[id].sort}
            sort={sort}
            startsDescending={startsDescending}
            onSort={onSort}
            testId="task-sort"
          />
        ))
      }
    >
      {(task, shown) => {
        const row = { task, selected: task.id === selected, onOpen };
        return narrow ? <TaskLines {...row} /> : <TaskRow {...row} columns={shown} />;
      }}
    </RowList>
  );
}
