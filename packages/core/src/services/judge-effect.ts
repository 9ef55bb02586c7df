import type { Outcome } from "../actions/catalog.ts";
import type { RunState, ServiceStatus, Verb } from "./service.ts";

/** What was seen of a service just before an effect: enough to tell later whether the effect came. */
export interface SeenBefore {
  readonly state: RunState;
  readonly run: string | null;
  readonly enabled: string | null;
}

export const seenBefore = ({ state, run, enabled }: ServiceStatus): SeenBefore => ({ state, run, enabled });

/** `pending`: it is on its way, look again. */
export type Judgement = Outcome | { readonly is: "pending" };

const MOVING: readonly RunState[] = ["starting", "stopping", "backing-off"];

const succeeded = (detail: string): Judgement => ({ is: "succeeded", detail });
const failed = (detail: string): Judgement => ({ is: "failed", detail });
const pending: Judgement = { is: "pending" };

/**
 * Whether an effect has come true, from what is observed alone: never from what a program answered. Used while waiting
 * for it, and after a crash in its middle. `after` is undefined when there is no such service any more.
 */
export function judgeEffect(verb: Verb, before: SeenBefore, after: ServiceStatus | undefined): Judgement {
  if (after === undefined) {
    return verb === "stop" || verb === "kill" ? succeeded("it is gone") : failed("there is no such service");
  }
  const isNewRun = after.run !== null && after.run !== before.run;
  const state = `it is ${after.rawState === "" ? after.state : after.rawState}`;
  switch (verb) {
    case "restart":
      if (after.state === "running")
        return isNewRun ? succeeded(`a new run: ${state}`) : failed(`still the same run: ${state}`);
      return MOVING.includes(after.state) ? pending : failed(state);
    case "start":
      if (after.state === "running") return succeeded(isNewRun ? `a new run: ${state}` : `it ran already: ${state}`);
      // A unit that does its work and ends is done when it was started anew and did not fail.
      if (after.state === "stopped" && isNewRun) return succeeded(`it ran and ended: ${state}`);
      return MOVING.includes(after.state) ? pending : failed(state);
    case "stop":
      if (after.state === "stopped" || after.state === "failed") return succeeded(state);
      if (after.state === "stopping") return pending;
      return failed(isNewRun ? `it was started again: ${state}` : state);
    case "kill":
      if (after.state === "stopped" || after.state === "failed" || isNewRun) return succeeded(state);
      return after.state === "running" ? pending : failed(state);
    case "reload":
      return after.state === "running" ? succeeded(state) : MOVING.includes(after.state) ? pending : failed(state);
    case "enable":
      return after.enabled?.startsWith("enabled") === true
        ? succeeded("it is enabled")
        : failed(`it is ${after.enabled}`);
    case "disable":
      return after.enabled === "disabled" ? succeeded("it is disabled") : failed(`it is ${after.enabled}`);
    case "reset":
      return after.state === "failed" ? failed(state) : succeeded(state);
    case "pause":
      return after.state === "paused" ? succeeded(state) : failed(state);
    case "unpause":
      return after.state === "running" ? succeeded(state) : failed(state);
  }
}
