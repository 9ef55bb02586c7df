import { MusterError } from "@muster/core";
import type { ErrorCode, TaskRunOutcome } from "@muster/core";
import type { RouteAnswer, TaskRunView } from "@muster/protocol";
import { actionLine } from "../actions/describe-action.ts";
import { tellingStages } from "../actions/follow-outcomes.ts";
import { followProgress, GLANCE_MS } from "../actions/follow-progress.ts";
import type { HubOptions, HubWork } from "../commands/options.ts";
import { runLine } from "./run-text.ts";

type RunDetail = RouteAnswer<"GET /api/v1/runs/{id}">;

/** Waits until a run has ended, and tells each change of it and of what it asked of servers, as `followProgress` does. */
export function followRun(
  { shell, hub, options, colours }: Pick<HubWork<HubOptions>, "shell" | "hub" | "options" | "colours">,
  first: RunDetail,
): Promise<RunDetail> {
  const { id } = first.run;
  const write = (text: string): void => {
    if (!options.json) shell.terminal.write(text);
  };
  const tellActions = tellingStages((action) => write(`  ${actionLine(action, colours)}`));
  let told = "";
  return followProgress(
    shell,
    first,
    {
      isOver: ({ run }) => run.state === "ended",
      tell({ run, actions }) {
        tellActions(actions.map(({ action }) => action));
        const stage = `${run.state} ${run.attempt} ${run.outcome ?? ""}`;
        if (stage !== told) write(runLine(run, colours));
        told = stage;
      },
      // The hub waits for the run's end; its actions are shown as they end.
      next: (_known, stop) =>
        hub.call("GET /api/v1/runs/{id}", { params: { id }, query: { waitMs: GLANCE_MS } }, { signal: stop }),
      where: `\`muster runs show ${id}\` shows what becomes of it.`,
    },
    shell.stopSignal(),
  );
}

/** With what a command ends whose run ended so; nothing for one that succeeded. */
const FAILURES: Readonly<Record<TaskRunOutcome, readonly [ErrorCode, string] | undefined>> = {
  succeeded: undefined,
  failed: ["ACTION_FAILED", "The run failed."],
  refused: ["ACTION_REFUSED", "The run was refused; nothing was changed."],
  unknown: ["ACTION_TIMED_OUT", "The outcome is unknown: look before you run it again."],
  "timed-out": ["ACTION_TIMED_OUT", "The run took too long; what it asked for may go on."],
  cancelled: ["ACTION_FAILED", "The run was cancelled."],
  skipped: ["ACTION_FAILED", "The run was skipped."],
  missed: ["ACTION_FAILED", "The run was missed."],
};

export function runFailure({ outcome }: Pick<TaskRunView, "outcome">): MusterError | undefined {
  const failure = outcome === null ? undefined : FAILURES[outcome];
  return failure && new MusterError(failure[0], { message: failure[1] });
}
