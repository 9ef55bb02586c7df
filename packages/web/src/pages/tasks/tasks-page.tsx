import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { formatSort, parseTaskSort } from "../../app/search.ts";
import type { TasksSearch } from "../../app/search.ts";
import { useChangeSearch } from "../../app/use-change-search.ts";
import { useHotkey } from "../../browser/use-hotkey.ts";
import { FieldChoice } from "../../components/field-choice.tsx";
import { ListFilter } from "../../components/list-filter.tsx";
import list from "../../components/list.module.css";
import { useRowKeys } from "../../components/use-row-keys.ts";
import { sortedTexts } from "../../fleet/compare-rows.ts";
import { useArranged } from "../../fleet/use-arranged.ts";
import { askedRun } from "../../tasks/asked-run.ts";
import { compareTasks } from "../../tasks/order.ts";
import { doneBy, parseTaskFilter } from "../../tasks/parse-task-filter.ts";
import { RunNow } from "../../tasks/run-now.tsx";
import { countTasks } from "../../tasks/task-state.ts";
import { useTasks } from "../../tasks/tasks.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { TaskCounts } from "./task-counts.tsx";
import { TaskList } from "./task-list.tsx";
import styles from "./tasks.module.css";

/** Everything that Muster does by the clock: what needs somebody first, then what is due next. */
export function TasksPage() {
  const { t } = useTranslation();
  const say = useTaskTexts();
  const navigate = useNavigate();
  const search = useSearch({ from: "/inside/tasks" });
  const change = useChangeSearch<TasksSearch>();
  const mayWrite = useRight("tasks.write");
  const { loaded, tasks } = useTasks();
  const [selected, setSelected] = useState<string>();
  const { q: filterText = "", sort: sortText } = search;
  const onFilter = useCallback((text: string) => change({ q: text || undefined }), [change]);
  const filter = useMemo(() => parseTaskFilter(filterText), [filterText]);
  const sort = useMemo(() => parseTaskSort(sortText), [sortText]);
  const compare = useMemo(() => compareTasks(sort), [sort]);
  const counts = useMemo(() => countTasks(tasks.values()), [tasks]);
  const deeds = useMemo(() => sortedTexts([...tasks.values()].flatMap((task) => doneBy(task).slice(-1))), [tasks]);
  const { shown, onPointer } = useArranged({ rows: tasks, filter, compare, madeFor: `${filterText}\n${sortText}` });
  const onOpen = useCallback((id: string) => void navigate({ to: "/tasks/$id", params: { id } }), [navigate]);
  useRowKeys({
    rows: () => shown.map(({ id }) => ({ key: id, id })),
    selected,
    onSelect: setSelected,
    onOpen,
    onPick: () => undefined,
    onEscape: () => onFilter(""),
  });
  useHotkey("r", () => {
    // Nothing is run that the filter hides.
    if (mayWrite && shown.some(({ id }) => id === selected)) askedRun.set(selected);
  });
  if (!loaded) return <p className="soft">{t("app.loading")}</p>;
  return (
    <div className={list.page} data-testid="tasks-page">
      <div className="page-head">
        <h1 className={list.wide}>{say("title")}</h1>
        {tasks.size > 0 && <TaskCounts counts={counts} filter={filterText} onFilter={onFilter} />}
        <span className="grow" />
        {mayWrite && tasks.size > 0 && <AddButton text={say("add")} />}
      </div>
      {tasks.size === 0 ? (
        <div className={styles.empty} data-testid="tasks-none">
          <div>
            <div>{say("none")}</div>
            <div className="soft">{say("noneHint")}</div>
            <ul className="soft">
              {(["restart", "script", "probe", "backup"] as const).map((example) => (
                <li key={example}>{say(`examples.${example}`)}</li>
              ))}
            </ul>
          </div>
          {mayWrite && <AddButton text={say("addFirst")} isFirst />}
        </div>
      ) : (
        <>
          <div className={list.tools}>
            <ListFilter
              label={say("filterLabel")}
              placeholder={say("filter")}
              filter={filterText}
              wrong={filter.wrong}
              onFilter={onFilter}
              testId="task-filter"
            />
            {deeds.length > 1 && (
              <FieldChoice
                field="does"
                any={say("anyWork")}
                label={say("column.work")}
                values={deeds.map((one) => [one, one])}
                filter={filterText}
                onFilter={onFilter}
                testId="task-does"
              />
            )}
            <span className={`grow ${list.wide}`} />
            <span className={`soft ${list.wide}`} data-testid="task-shown">
              {say("shown", { count: shown.length })}
            </span>
          </div>
          {shown.length === 0 ? (
            <p className="soft">{say("nothing")}</p>
          ) : (
            <TaskList
              tasks={shown}
              selected={selected}
              sort={sort}
              onSort={(next) => change({ sort: formatSort(next) })}
              onOpen={onOpen}
              onPointer={onPointer}
            />
          )}
        </>
      )}
      <RunNow />
    </div>
  );
}

function AddButton({ text, isFirst = false }: { readonly text: string; readonly isFirst?: boolean }) {
  return (
    <Button
      component={Link}
      to="/tasks/new"
      {...(isFirst ? { size: "sm", c: "var(--mantine-color-white)" } : { variant: "default", c: "var(--text)" })}
      leftSection={<IconPlus size={14} aria-hidden />}
      data-testid="task-add"
    >
      {text}
    </Button>
  );
}
