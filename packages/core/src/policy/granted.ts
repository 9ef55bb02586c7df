import type { Action, ActionName } from "../actions/catalog.ts";
import { CONTAINER_VERBS } from "../services/service.ts";
import type { ServiceKey, Verb } from "../services/service.ts";
import { decide } from "./decide.ts";
import type { LoadedPolicy } from "./policy.ts";

const neverUsed = (): readonly number[] => [];
const isOfContainer = (verb: Verb): boolean => (CONTAINER_VERBS as readonly Verb[]).includes(verb);

/** What the action of a verb is called: `container.pause`, `service.start`. */
export const actionNameOf = (verb: Verb): ActionName =>
  (isOfContainer(verb) ? `container.${verb}` : `service.${verb}`) as ActionName;

/** The action by which a verb is asked for. */
export function actionOf({ driver, name }: ServiceKey, verb: Verb, signal = "KILL"): Action {
  if (!isOfContainer(verb)) return { name: actionNameOf(verb), args: { driver, name } };
  return { name: actionNameOf(verb), args: verb === "kill" ? { name, signal } : { name } };
}

/** Which of these verbs the policy lets the hub use on a service, apart from limits in time. For showing only. */
export const grantedVerbs = (loaded: LoadedPolicy, key: ServiceKey, verbs: readonly Verb[]): readonly Verb[] =>
  verbs.filter((verb) => decide(loaded, actionOf(key, verb), neverUsed, 0).allow);

/** Whether the policy lets the hub read the log of a service or, with driver `file`, of a file. */
export const isLogGranted = (loaded: LoadedPolicy, driver: string, name: string): boolean =>
  decide(loaded, { name: "logs.read", args: { driver, name } }, neverUsed, 0).allow;
