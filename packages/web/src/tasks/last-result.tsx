import { SECOND_MS } from "@muster/core";
import { Link } from "@tanstack/react-router";
import { useRight } from "../api/use-right.ts";
import { useFormat } from "../i18n/use-format.ts";
import { useHubSecond } from "../live/live.ts";
import { OutcomeMark } from "./task-marks.tsx";
import { isLate } from "./task-state.ts";
import type { Run, Task } from "./tasks-view.ts";
import { useTaskTexts } from "./use-task-texts.ts";
import { useZoneTimes } from "./use-zone-times.ts";

/** How long a run took and how late it began, as far as that is worth a word. */
export function RunTimes({ run, task }: { readonly run: Run; readonly task: Pick<Task, "tell"> | undefined }) {
  const say = useTaskTexts();
  const format = useFormat();
  const { startedAt, endedAt, lateMs } = run;
  const late = lateMs !== null && lateMs >= SECOND_MS ? say("late", { time: format.span(lateMs) }) : undefined;
  return (
    <>
      {startedAt !== null && endedAt !== null && <span>{format.duration(endedAt - startedAt)}</span>}
      {late !== undefined && (
        <span className={task && isLate(run, task) ? "warning" : "soft"} data-testid="run-late">
          {late}
        </span>
      )}
    </>
  );
}

/** How the last run ended and how long ago; where there is room how long it took and how late it began. */
export function LastResult({ task, size = "whole" }: { readonly task: Task; readonly size?: "whole" | "short" }) {
  const say = useTaskTexts();
  const format = useFormat();
  const times = useZoneTimes(task.zone);
  const now = useHubSecond();
  const mayRead = useRight("actions.read");
  const run = task.lastRun;
  if (run === null) return <span className="soft">{say("never")}</span>;
  const { id, outcome, detail, slot, slotCount } = run;
  const mark = outcome !== null && <OutcomeMark outcome={outcome} />;
  return (
    <span className="row" title={[detail, times.whole(slot)].filter((part) => part !== "").join("\n")}>
      {mayRead ? (
        <Link to="/runs/$id" params={{ id }} data-testid="last-run">
          {mark}
        </Link>
      ) : (
        mark
      )}
      {slotCount > 1 && <span className="soft">×{format.number(slotCount)}</span>}
      <span className="soft">{format.ago(Math.max(0, now - slot))}</span>
      {size === "whole" && <RunTimes run={run} task={task} />}
    </span>
  );
}
