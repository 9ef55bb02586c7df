import { Button } from "@mantine/core";
import { IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useActions } from "../../actions/actions.ts";
import { mergeActions } from "../../actions/actions-view.ts";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { useObservable } from "../../browser/observable.ts";
import { useTitle } from "../../browser/use-title.ts";
import { BackLink } from "../../components/back-link.tsx";
import detail from "../../components/detail-page.module.css";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { Facts } from "../../components/facts.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { useFormat } from "../../i18n/use-format.ts";
import { live as connection, useHubSecond } from "../../live/live.ts";
import { askedRun } from "../../tasks/asked-run.ts";
import { RunTimes } from "../../tasks/last-result.tsx";
import { RunNow } from "../../tasks/run-now.tsx";
import { ZoneTime } from "../../tasks/schedule-text.tsx";
import { shortActor } from "../../tasks/task-actor.ts";
import { RunMark } from "../../tasks/task-marks.tsx";
import { useTasks } from "../../tasks/tasks.ts";
import { isGoingOn, mergeRuns } from "../../tasks/tasks-view.ts";
import type { Run, Task } from "../../tasks/tasks-view.ts";
import { useTaskActs } from "../../tasks/use-task-acts.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { AttemptList } from "./attempt-list.tsx";

/** How often a run that goes on is asked for: what it prints comes only so; the rest comes live besides. */
const LOOK_MS = 2_000;

/** One run: how it is, what it asked for attempt by attempt, and what came of each. */
export function RunPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/inside/runs/$id" });
  const { tasks, runs } = useTasks();
  const told = useActions();
  const welcomes = useObservable(connection.welcomes);
  const live = runs.find((run) => run.id === id);
  const query = useQuery({
    // What it printed is read once it has ended; a connection that is new may have missed that.
    queryKey: ["run", id, live?.state, live?.attempt, welcomes],
    queryFn: ({ signal }) => api("GET /api/v1/runs/{id}", { params: { id }, query: {}, signal }),
    placeholderData: (previous) => (previous?.run.id === id ? previous : undefined),
    refetchInterval: ({ state: { data } }) => (data && isGoingOn(data.run) ? LOOK_MS : false),
  });
  const data = query.data;
  const actions = useMemo(() => {
    const ids = new Set(data?.actions.map(({ action }) => action.id));
    const merged = mergeActions(
      data?.actions.map(({ action }) => action) ?? [],
      told.filter((action) => ids.has(action.id)),
    );
    const newest = new Map(merged.map((action) => [action.id, action]));
    return (data?.actions ?? []).map(({ attempt, action }) => {
      const now = newest.get(action.id) ?? action;
      // Live messages leave out what was printed, and the reason is what the page is about.
      return { attempt, action: { ...now, output: now.output ?? action.output, reason: "" } };
    });
  }, [data, told]);
  useTitle(data?.run.task);
  if (!data) return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  const [run = data.run] = mergeRuns([data.run], live ? [live] : []);
  const task = tasks.get(run.taskId);
  return (
    <div
      className={detail.page}
      data-testid="run-page"
      data-run={id}
      data-state={run.state}
      data-outcome={run.outcome ?? "none"}
    >
      <RunHead run={run} task={task} />
      <RunActions run={run} task={task} />
      <ErrorNotice error={query.error} />
      <AttemptList actions={actions} steps={data.steps} isOver={!isGoingOn(run)} />
      <RunNow />
    </div>
  );
}

function RunHead({ run, task }: { readonly run: Run; readonly task: Task | undefined }) {
  const say = useTaskTexts();
  const format = useFormat();
  const now = useHubSecond();
  const zone = task?.zone ?? "UTC";
  const { slot, slotCount, slotLast, cause, by, attempt, startedAt, endedAt, state, notBefore, detail: said } = run;
  return (
    <div className={detail.head}>
      <div className="row wrap">
        {task ? (
          <BackLink to="/tasks/$id" params={{ id: task.id }} label={say("backToTask")} />
        ) : (
          <BackLink to="/tasks" label={say("back")} />
        )}
        <h1>
          {task ? (
            <Link to="/tasks/$id" params={{ id: task.id }} data-testid="run-task">
              <ForeignText text={run.task} />
            </Link>
          ) : (
            <ForeignText text={run.task} />
          )}
        </h1>
        <RunMark run={run} />
      </div>
      {said !== "" && (
        <div data-testid="run-detail">
          <ForeignText text={said} />
        </div>
      )}
      <Facts
        pairs={[
          [
            say(cause === "asked" ? "askedAt" : "slot"),
            <span key="slot">
              <ZoneTime at={slot} zone={zone} />
              {slotCount > 1 && (
                <>
                  {" "}
                  {say("slots", { count: slotCount })} <ZoneTime at={slotLast} zone={zone} />
                </>
              )}
            </span>,
          ],
          [say("by"), cause === "asked" ? <ForeignText key="by" text={shortActor(by)} /> : null],
          [say("began"), startedAt === null ? null : <ZoneTime key="began" at={startedAt} zone={zone} />],
          [
            say("begins"),
            state === "waiting" && notBefore > now ? say("in", { time: format.span(notBefore - now) }) : null,
          ],
          [say("attempt"), attempt > 1 ? format.number(attempt) : null],
          [
            say("took"),
            endedAt === null ? (
              startedAt === null ? null : (
                format.duration(Math.max(0, now - startedAt))
              )
            ) : (
              <span key="took" className="row">
                <RunTimes run={run} task={task} />
              </span>
            ),
          ],
        ]}
      />
    </div>
  );
}

function RunActions({ run, task }: { readonly run: Run; readonly task: Task | undefined }) {
  const say = useTaskTexts();
  const mayWrite = useRight("tasks.write");
  const acts = useTaskActs();
  const [asking, setAsking] = useState<"no" | "cancel">("no");
  if (!mayWrite) return null;
  const close = (): void => setAsking("no");
  return (
    <div className={detail.actions}>
      <div className="row wrap">
        {isGoingOn(run) ? (
          <Button
            variant="default"
            leftSection={<IconPlayerStop size={14} aria-hidden />}
            onClick={() => setAsking("cancel")}
            data-testid="run-cancel"
          >
            {say("cancel")}
          </Button>
        ) : (
          task && (
            <Button
              variant="default"
              leftSection={<IconPlayerPlay size={14} aria-hidden />}
              onClick={() => askedRun.set(task.id)}
              data-testid="run-again"
            >
              {say("runAgain")}
            </Button>
          )
        )}
      </div>
      {asking === "cancel" && (
        <TypedConfirm
          title={say("cancelTitle", { name: run.task })}
          text={say("cancelText")}
          action={say("cancel")}
          busy={acts.isPending}
          error={acts.error}
          onConfirm={() => acts.mutate({ is: "cancel", runId: run.id }, { onSuccess: close })}
          onClose={close}
        />
      )}
    </div>
  );
}
