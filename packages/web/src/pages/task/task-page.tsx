import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { zonedClock } from "@muster/core";
import { api } from "../../api/api.ts";
import type { TaskSearch } from "../../app/search.ts";
import { useChangeSearch } from "../../app/use-change-search.ts";
import { useTitle } from "../../browser/use-title.ts";
import detail from "../../components/detail-page.module.css";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { OlderButton } from "../../components/older-button.tsx";
import { hubNow } from "../../live/live.ts";
import { monthOf } from "../../tasks/calendar.ts";
import { RunList } from "../../tasks/run-list.tsx";
import { RunNow } from "../../tasks/run-now.tsx";
import { useTasks } from "../../tasks/tasks.ts";
import type { Task } from "../../tasks/tasks-view.ts";
import { useStoredRuns } from "../../tasks/use-runs.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { RunCalendar } from "./run-calendar.tsx";
import { TaskActions, TaskHead } from "./task-head.tsx";
import { TaskStatistics } from "./task-statistics.tsx";
import styles from "./task.module.css";

/** One task: what it is, how it does, and all its slots: by day, and in a list. */
export function TaskPage() {
  const { t } = useTranslation();
  const say = useTaskTexts();
  const { id } = useParams({ from: "/inside/tasks/$id" });
  const { loaded, tasks } = useTasks();
  const live = tasks.get(id);
  const isGone = loaded && live === undefined;
  // Statistics do not come live: they are read again after each run.
  const query = useQuery({
    queryKey: ["task", id, live?.lastRun?.id ?? null, live?.lastRun?.outcome ?? null],
    queryFn: ({ signal }) => api("GET /api/v1/tasks/{id}", { params: { id }, signal }),
    enabled: !isGone,
    placeholderData: (previous) => (previous?.task.id === id ? previous : undefined),
  });
  const task = live ?? query.data?.task;
  useTitle(task?.name);
  if (isGone) return <div className="notice warning">{say("gone")}</div>;
  if (!task) return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  return (
    <div className={detail.page} data-testid="task-page" data-task={id}>
      <TaskHead task={task} />
      <TaskActions task={task} />
      {query.data && <TaskStatistics statistics={query.data.statistics} />}
      <TaskRuns task={task} />
      <RunNow />
    </div>
  );
}

function TaskRuns({ task }: { readonly task: Task }) {
  const { t } = useTranslation();
  const say = useTaskTexts();
  const search = useSearch({ from: "/inside/tasks/$id" });
  const change = useChangeSearch<TaskSearch>();
  const { runs, stored } = useStoredRuns(task.id);
  const month = search.month ?? (search.day ? monthOf(search.day) : monthOf(zonedClock(task.zone).day(hubNow())));
  return (
    <div className={styles.columns}>
      <RunCalendar
        task={task}
        month={month}
        day={search.day}
        onMonth={(next) => change({ month: next, day: undefined })}
        onDay={(day) => change({ day, month })}
      >
        {(some) =>
          some.length === 0 ? (
            <div className="soft">{say("noRunsThatDay")}</div>
          ) : (
            <RunList runs={some} task={task} label={say("runs")} />
          )
        }
      </RunCalendar>
      <section className="stack" data-testid="task-runs">
        <h2>{say("runs")}</h2>
        <ErrorNotice error={stored.error} />
        {runs.length === 0 && <div className="soft">{stored.isPending ? t("app.loading") : say("noRuns")}</div>}
        {runs.length > 0 && <RunList runs={runs} task={task} label={say("runs")} />}
        <OlderButton of={stored} />
      </section>
    </div>
  );
}
