import { isMusterError, MusterError, stageOf } from "@muster/core";
import type { ErrorCode, TaskRunOutcome } from "@muster/core";
import type { resources, RouteAnswer, TaskRunView } from "@muster/protocol";
import type { HubClient } from "../client/hub-client.ts";
import { patiently } from "../client/patience.ts";
import type { PatienceDeps } from "../client/patience.ts";

export type RunDetail = RouteAnswer<"GET /api/v1/runs/{id}">;

/** How long one request waits at the hub: shortly, while actions of the run are shown as they end. */
const GLANCE_MS = 1_000;
/** How long a hub may be away before waiting for it makes no sense. */
const AWAY_MS = 300_000;

export interface RunTellers {
  readonly run: (run: TaskRunView) => void;
  readonly action: (action: resources.ActionView) => void;
}

/**
 * Waits until a run has ended, and tells each change of it and of what it asked of servers. A hub that goes away meanwhile
 * is asked again. Aborting ends the waiting, not the run: then, as when the hub stays away, ACTION_TIMED_OUT or
 * HUB_UNREACHABLE says where to look.
 */
export async function followRun(
  hub: HubClient,
  first: TaskRunView,
  tell: RunTellers,
  deps: PatienceDeps,
  signal: AbortSignal,
): Promise<RunDetail> {
  const { id } = first;
  const stages = new Map<string, string>();
  let told = stageOfRun(first);
  try {
    for (;;) {
      const query = { waitMs: GLANCE_MS };
      const detail = await patiently(deps, AWAY_MS, signal, () =>
        hub.call("GET /api/v1/runs/{id}", { params: { id }, query }, { signal }),
      );
      for (const { action } of detail.actions) {
        if (stages.get(action.id) === stageOf(action)) continue;
        stages.set(action.id, stageOf(action));
        tell.action(action);
      }
      if (stageOfRun(detail.run) !== told) tell.run(detail.run);
      told = stageOfRun(detail.run);
      if (detail.run.state === "ended") return detail;
    }
  } catch (error) {
    const where = `\`muster runs show ${id}\` shows what becomes of it.`;
    if (signal.aborted)
      throw new MusterError("ACTION_TIMED_OUT", { message: `Stopped waiting; the run goes on. ${where}` }, error);
    if (!isMusterError(error, "HUB_UNREACHABLE")) throw error;
    throw new MusterError("HUB_UNREACHABLE", { message: `${error.message} ${where}` }, error);
  }
}

const stageOfRun = ({ state, outcome, attempt }: TaskRunView): string => `${state} ${attempt} ${outcome ?? ""}`;

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
