import type { ActionName } from "@muster/core";
import type { TFunction } from "i18next";
import { knownService } from "../services/services.ts";
import type { Action } from "./actions-view.ts";

/** What an action does, as a verb in the language in use. */
export function actionName(action: ActionName, t: TFunction): string {
  const [family, verb] = action.split(".") as [string, string | undefined];
  if ((family === "service" || family === "container") && verb !== undefined)
    return t(`verb.${verb as "start"}`, { defaultValue: action });
  if (action === "process.kill" || action === "server.reboot" || action === "exec.run" || action === "agent.ping")
    return t(`actionName.${action.replace(".", "_") as "process_kill"}`);
  return action;
}

/** What it is done to; empty where that is the server itself. */
export function actionTarget(action: Pick<Action, "action" | "args" | "serviceId">): string {
  const { args } = action;
  if (action.action === "process.kill") return `${args["pid"] ?? ""} ${args["signal"] ?? ""}`.trim();
  if (action.action === "exec.run") return String(args["command"] ?? "");
  const name = args["name"] ?? (action.serviceId === null ? undefined : knownService(action.serviceId)?.name);
  return name === undefined ? "" : String(name);
}
