import { ACTIONS } from "@muster/core";
import type { ActionName, Verb } from "@muster/core";
import type { Service } from "./services-view.ts";

export const isDangerous = (action: ActionName): boolean => ACTIONS[action].class === "dangerous";

/** Verbs that make sense in a state, the likeliest first; the others are behind "more". */
export function likelyVerbs({ state, verbs }: Pick<Service, "state" | "verbs">): readonly Verb[] {
  const likely: readonly Verb[] =
    state === "paused"
      ? ["unpause", "stop"]
      : state === "running" || state === "starting" || state === "backing-off"
        ? ["restart", "stop"]
        : ["start"];
  return likely.filter((verb) => verbs.includes(verb));
}

/** What is done to a service only after it was asked whether it is meant: work is interrupted, or does not come back. */
export const needsConfirm = (verb: Verb): boolean => verb === "stop" || verb === "disable" || verb === "kill";
