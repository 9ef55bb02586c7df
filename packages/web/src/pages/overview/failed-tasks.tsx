import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { hubNow } from "../../live/live.ts";
import { failedToday } from "../../tasks/task-state.ts";
import { useTasks } from "../../tasks/tasks.ts";

/** How many tasks failed today and have not succeeded since; leads to them. Nothing when there are none. */
export function FailedTasks() {
  const { t } = useTranslation();
  const { tasks } = useTasks();
  const count = failedToday(tasks.values(), hubNow());
  return count === 0 ? null : (
    <Link to="/tasks" search={{ q: "failed today" }} className="bad" data-testid="failed-tasks">
      {t("overview.failedTasks", { count })}
    </Link>
  );
}
