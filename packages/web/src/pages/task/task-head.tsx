import { Button } from "@mantine/core";
import { nextRunAt, taskStanding } from "@muster/core";
import { IconPencil, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { BackLink } from "../../components/back-link.tsx";
import detail from "../../components/detail-page.module.css";
import { Facts } from "../../components/facts.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { useHubSecond } from "../../live/live.ts";
import { askedRun } from "../../tasks/asked-run.ts";
import { LastResult } from "../../tasks/last-result.tsx";
import { ScheduleText, ZoneTime } from "../../tasks/schedule-text.tsx";
import { StandingMark } from "../../tasks/task-marks.tsx";
import { TaskSwitch } from "../../tasks/task-switch.tsx";
import { shortActor } from "../../tasks/task-actor.ts";
import { noteTasks } from "../../tasks/tasks.ts";
import type { Task } from "../../tasks/tasks-view.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { useWorkText } from "../../tasks/use-work-text.ts";

/** What a task is, when it is due, how it did, with whose rights. */
export function TaskHead({ task }: { readonly task: Task }) {
  const say = useTaskTexts();
  const format = useFormat();
  const textOf = useWorkText();
  const now = useHubSecond();
  const { name, description, zone, owner, suspended, isEnabled, timeoutMs, retries, jitterMs } = task;
  const nextAt = nextRunAt(task);
  return (
    <div className={detail.head}>
      <div className="row wrap">
        <BackLink to="/tasks" label={say("back")} />
        <h1>
          <ForeignText text={name} />
        </h1>
        <StandingMark standing={taskStanding(task)} />
        <TaskSwitch task={task} label={say("enabled")} />
      </div>
      {description !== "" && (
        <div className="soft">
          <ForeignText text={description} />
        </div>
      )}
      {isEnabled && suspended !== null && (
        <div className="notice warning" data-testid="task-suspended">
          <div>
            <ForeignText text={say("suspendedWhy", { why: suspended })} />
            <div className="soft">{say("suspendedHint")}</div>
          </div>
        </div>
      )}
      <Facts
        pairs={[
          [say("column.work"), <ForeignText key="work" text={textOf(task.work)} />],
          [say("column.schedule"), <ScheduleText key="schedule" task={task} />],
          [
            say("column.next"),
            nextAt !== null ? (
              <span key="next" data-testid="task-next">
                <ZoneTime at={nextAt} zone={zone} />{" "}
                <span className="soft">
                  {nextAt <= now ? say("now") : say("in", { time: format.span(nextAt - now) })}
                </span>
              </span>
            ) : (
              "–"
            ),
          ],
          [say("column.last"), <LastResult key="last" task={task} />],
          [say("zone"), zone],
          [say("column.owner"), <ForeignText key="owner" text={shortActor(owner)} />],
          [say("timeout"), format.span(timeoutMs)],
          [say("overlap"), say(`overlaps.${task.overlap}`)],
          [
            say("missed"),
            `${say(`missedPolicies.${task.missed}`)}${task.missed === "skip" ? "" : ` (${say("within", { time: format.span(task.missedWithinMs) })})`}`,
          ],
          [
            say("retries"),
            retries.most === 0 ? null : say("retriesText", { count: retries.most, time: format.span(retries.delayMs) }),
          ],
          [say("jitter"), jitterMs === 0 ? null : say("jitterText", { time: format.span(jitterMs) })],
        ]}
      />
    </div>
  );
}

/** What can be done with a task. */
export function TaskActions({ task: { id, name } }: { readonly task: Task }) {
  const say = useTaskTexts();
  const navigate = useNavigate();
  const mayWrite = useRight("tasks.write");
  const [asking, setAsking] = useState<"no" | "delete">("no");
  const remove = useMutation({
    mutationFn: () => api("DELETE /api/v1/tasks/{id}", { params: { id } }),
    onSuccess() {
      void navigate({ to: "/tasks" });
      noteTasks({ whole: false, tasks: [], removed: [id], runs: [] });
    },
  });
  if (!mayWrite) return null;
  return (
    <div className={detail.actions}>
      <div className="row wrap">
        <Button
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          onClick={() => askedRun.set(id)}
          data-testid="task-run"
        >
          {say("runNow")}
        </Button>
        <Button
          renderRoot={(root) => <Link {...root} to="/tasks/$id/edit" params={{ id }} />}
          variant="default"
          c="var(--text)"
          leftSection={<IconPencil size={14} aria-hidden />}
          data-testid="task-edit"
        >
          {say("edit")}
        </Button>
        <Button variant="default" onClick={() => setAsking("delete")} data-testid="task-delete">
          {say("delete")}
        </Button>
      </div>
      {asking === "delete" && (
        <TypedConfirm
          title={say("deleteTitle", { name })}
          text={say("deleteText")}
          action={say("delete")}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking("no")}
        />
      )}
    </div>
  );
}
