import { ActionIcon } from "@mantine/core";
import { nextRunAt, taskStanding } from "@muster/core";
import { IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { errorText } from "../../components/error-text.ts";
import { ForeignText } from "../../components/foreign-text.tsx";
import list from "../../components/list.module.css";
import { useFormat } from "../../i18n/use-format.ts";
import { useHubSecond } from "../../live/live.ts";
import { askedRun } from "../../tasks/asked-run.ts";
import { ZoneTime } from "../../tasks/schedule-text.tsx";
import { shortActor } from "../../tasks/task-actor.ts";
import { StandingMark } from "../../tasks/task-marks.tsx";
import { useTasks } from "../../tasks/tasks.ts";
import { isGoingOn } from "../../tasks/tasks-view.ts";
import type { Task } from "../../tasks/tasks-view.ts";
import { useTaskActs } from "../../tasks/use-task-acts.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { useWorkText } from "../../tasks/use-work-text.ts";
import styles from "./tasks.module.css";

/** The small parts of a row: each a few lines, so they share a file as a table would. */

interface Of {
  readonly task: Task;
}

export const NameCell = ({ task: { id, name, description } }: Of) => (
  <Link to="/tasks/$id" params={{ id }} className={list.name} title={description || undefined} data-testid="task-link">
    <ForeignText text={name} />
  </Link>
);

/** How it stands; of one that may not run on pointing at it why. */
export function StandingCell({ task }: Of) {
  const say = useTaskTexts();
  const standing = taskStanding(task);
  return (
    <span title={standing === "suspended" ? say("suspendedWhy", { why: task.suspended ?? "" }) : undefined}>
      <StandingMark standing={standing} />
    </span>
  );
}

export function WorkCell({ task }: Of) {
  const textOf = useWorkText();
  const text = textOf(task.work);
  return (
    <span title={text}>
      <ForeignText text={text} />
    </span>
  );
}

interface NextCellProps extends Of {
  readonly size?: "whole" | "short";
}

/** How long it is until it is due next, and where there is room when that is by the clock of its own zone. */
export function NextCell({ task, size = "whole" }: NextCellProps) {
  const say = useTaskTexts();
  const format = useFormat();
  const now = useHubSecond();
  const nextAt = nextRunAt(task);
  if (nextAt === null) return <span className="soft">–</span>;
  const until = nextAt <= now ? say("now") : say("in", { time: format.span(nextAt - now) });
  if (size === "short") return <span className="soft">{until}</span>;
  return (
    <>
      <ZoneTime at={nextAt} zone={task.zone} /> <span className="soft">{until}</span>
    </>
  );
}

export const OwnerCell = ({ task: { owner } }: Of) => (
  <span className="soft">
    <ForeignText text={shortActor(owner)} />
  </span>
);

/** Runs it now, or ends what runs. */
export function ActCell({ task }: Of) {
  const { t } = useTranslation();
  const say = useTaskTexts();
  const mayAct = useRight("tasks.write");
  const { runs } = useTasks();
  const acts = useTaskActs();
  if (!mayAct) return null;
  const running = task.runningCount === 0 ? undefined : runs.find((run) => run.taskId === task.id && isGoingOn(run));
  const named = (what: string): string => `${what}: ${task.name}`;
  return (
    <span className={styles.act}>
      {running === undefined ? (
        <ActionIcon
          aria-label={named(say("runNow"))}
          title={say("runNow")}
          onClick={() => askedRun.set(task.id)}
          data-testid="task-run"
        >
          <IconPlayerPlay size={16} aria-hidden />
        </ActionIcon>
      ) : (
        <ActionIcon
          aria-label={named(say("cancel"))}
          title={say("cancelText")}
          loading={acts.isPending}
          onClick={() => acts.mutate({ is: "cancel", runId: running.id })}
          data-testid="task-cancel"
        >
          <IconPlayerStop size={16} aria-hidden />
        </ActionIcon>
      )}
      {acts.error !== null && (
        <span className="bad clip" role="alert" title={errorText(acts.error, t)}>
          <ForeignText text={errorText(acts.error, t)} />
        </span>
      )}
    </span>
  );
}
