import type { ActionArgs, Outcome } from "../actions/catalog.ts";
import { exitText } from "./exit-text.ts";
import type { RunState, ServiceStatus, Verb } from "./service.ts";
import { ENDING_SIGNALS } from "./signal-names.ts";

/** What was seen of a service just before an effect: enough to tell later whether the effect came. */
export interface SeenBefore {
  readonly state: RunState;
  readonly run: string | null;
  readonly enabled: string | null;
}

export const seenBefore = ({ state, run, enabled }: ServiceStatus): SeenBefore => ({ state, run, enabled });

/** `pending`: it is on its way, look again. */
export type Judgement = Outcome | { readonly is: "pending" };

const succeeded = (detail: string): Judgement => ({ is: "succeeded", detail });
const failed = (detail: string): Judgement => ({ is: "failed", detail });
const unknown = (detail: string): Judgement => ({ is: "unknown", detail });
const pending: Judgement = { is: "pending" };

/**
 * Whether an effect has come true, from what is observed alone: never from what a program answered. Used while waiting
 * for it, and after a crash in its middle. `after` is undefined when there is no such service any more; `args` are the
 * action's own, for a kill its signal.
 */
export function judgeEffect(
  verb: Verb,
  before: SeenBefore,
  after: ServiceStatus | undefined,
  args: ActionArgs = {},
): Judgement {
  if (after === undefined) {
    return verb === "stop" || verb === "kill" || verb === "reset"
      ? succeeded("it is gone")
      : failed("there is no such service");
  }
  const state = `it is ${after.rawState === "" ? after.state : after.rawState}`;
  switch (verb) {
    case "start":
    case "restart":
      return judgeStart(verb, before, after, state);
    case "stop":
      return judgeStop(before, after, state);
    case "kill":
      return judgeKill(before, after, state, args["signal"] ?? "KILL");
    case "reload":
      if (isNewRun(before, after)) return failed(`it did not reload, it was started anew: ${state}`);
      if (after.state === "running") return unknown("a reload leaves nothing to see");
      return after.state === "starting" ? pending : failed(ending(after, state));
    case "enable":
      return after.enabled?.startsWith("enabled") === true ? succeeded(`it is ${after.enabled}`) : failed(fixed(after));
    case "disable":
      // `indirect` and `linked` files start nothing by themselves, which is what was asked for.
      return ["disabled", "indirect", "linked"].includes(after.enabled ?? "")
        ? succeeded(`it is ${after.enabled}`)
        : failed(fixed(after));
    case "reset":
      return after.state === "failed" ? failed(state) : succeeded(state);
    case "pause":
      if (after.state === "paused") return succeeded(state);
      return after.state === "running" ? pending : failed(state);
    case "unpause":
      if (after.state === "running") return succeeded(state);
      return after.state === "paused" ? pending : failed(state);
  }
}

function judgeStart(verb: "start" | "restart", before: SeenBefore, after: ServiceStatus, state: string): Judgement {
  const isNew = isNewRun(before, after);
  switch (after.state) {
    case "running":
      if (isNew) return succeeded(`a new run: ${state}`);
      if (verb === "start") return succeeded(`it ran already: ${state}`);
      if (after.run === null) return unknown(`it runs, but its runs cannot be told apart: ${state}`);
      return failed(`still the same run: ${state}`);
    case "stopped":
      // What does its work and ends is done when it was started anew and did not fail.
      return isNew ? succeeded(`it ran and ended: ${state}`) : failed(ending(after, state));
    case "starting":
    case "stopping":
      return pending;
    case "unknown":
      return unknown("its state cannot be told");
    case "backing-off":
      return failed(`it ended, and its own supervisor starts it again: ${ending(after, state)}`);
    case "failed":
    case "paused":
      return failed(ending(after, state));
  }
}

function judgeStop(before: SeenBefore, after: ServiceStatus, state: string): Judgement {
  switch (after.state) {
    case "stopped":
    case "failed":
      return succeeded(after.lastExit === null ? state : ending(after, state));
    case "stopping":
      return pending;
    case "unknown":
      return unknown("its state cannot be told");
    case "backing-off":
      return failed(`its own supervisor is about to start it again: ${state}`);
    case "running":
    case "starting":
    case "paused":
      return failed(isNewRun(before, after) ? `it was started again: ${state}` : `it did not stop: ${state}`);
  }
}

function judgeKill(before: SeenBefore, after: ServiceStatus, state: string, signal: string | number): Judgement {
  if (isNewRun(before, after)) return succeeded(`it ended and was started again: ${state}`);
  switch (after.state) {
    case "stopped":
    case "failed":
    case "backing-off":
      return succeeded(ending(after, state));
    case "running":
    case "starting":
    case "stopping":
    case "paused":
      return ENDING_SIGNALS.includes(String(signal))
        ? pending
        : unknown(`SIG${signal} leaves nothing to see: ${state}`);
    case "unknown":
      return unknown("its state cannot be told");
  }
}

const isNewRun = (before: SeenBefore, after: ServiceStatus): boolean => after.run !== null && after.run !== before.run;

/** The state with how the last run ended, which is what a person asks next. */
function ending({ lastExit }: ServiceStatus, state: string): string {
  const how = exitText(lastExit);
  return how === "" ? state : `${state}: ${how}`;
}

const fixed = ({ enabled }: ServiceStatus): string => {
  if (enabled === "static") return "it is static: its unit file has no [Install] section, other units start it";
  return enabled === null ? "it has nothing to enable" : `it is ${enabled}`;
};
