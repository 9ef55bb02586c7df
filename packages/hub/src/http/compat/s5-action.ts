import { MusterError } from "@muster/core";
import type { ActionName } from "@muster/core";
import { z } from "zod";
import { bodyOf, ok } from "./compat-handler.ts";
import type { CompatReply, CompatRequest, RouteCall } from "./compat-handler.ts";
import { act, actOn, effect } from "./effects.ts";
import { serviceOnServer } from "./named-services.ts";

const SERVICE_ACTIONS: Readonly<Record<string, ActionName>> = {
  start: "service.start",
  stop: "service.stop",
  restart: "service.restart",
  reload: "service.reload",
  enable: "service.enable",
  disable: "service.disable",
};
const DOCKER_ACTIONS: Readonly<Record<string, ActionName>> = {
  start: "service.start",
  stop: "service.stop",
  restart: "service.restart",
  pause: "container.pause",
  unpause: "container.unpause",
  kill: "container.kill",
};

const name = z.string().min(1).max(256);
const wanted = z.object({
  action_type: z.enum(["kill_process", "service_action", "docker_action"]),
  action_data: z.record(z.string(), z.unknown()),
});
const ofProcess = z.object({ pid: z.coerce.number().int().min(1).max(4_194_304) });
const ofService = z.object({ service: name, action: z.string().max(32) });
const ofContainer = z.object({ container: name, action: z.string().max(32) });

/** One action on a server, and what came of it: 200 in both cases, as that system answers. */
export async function s5Action(request: CompatRequest, serverId: string): Promise<CompatReply> {
  const { action_type, action_data } = bodyOf(request, wanted);
  const { call } = request;
  const data = { ...request, body: action_data };
  const { isDone, message } = await effect("Done", () => {
    switch (action_type) {
      case "kill_process":
        return killProcess(call, serverId, bodyOf(data, ofProcess).pid);
      case "service_action": {
        const { service, action } = bodyOf(data, ofService);
        return onService(call, serverId, service, actionOf(SERVICE_ACTIONS, action));
      }
      case "docker_action": {
        const { container, action } = bodyOf(data, ofContainer);
        return onService(call, serverId, container, actionOf(DOCKER_ACTIONS, action), "container");
      }
    }
  });
  return ok(isDone ? { success: true, message } : { success: false, error: message });
}

function actionOf(actions: Readonly<Record<string, ActionName>>, word: string): ActionName {
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (action === undefined)
    throw new MusterError("BAD_REQUEST", {
      fields: { "action_data.action": `must be one of ${Object.keys(actions).join(", ")}` },
    });
  return action;
}

/** That system names a process by its number alone; ours by its start and user besides, so that no later one is meant. */
async function killProcess(call: RouteCall, serverId: string, pid: number) {
  const { processes } = await call("GET /api/v1/servers/{id}/processes", {
    params: { id: serverId },
    query: { limit: 2_000 },
  });
  const process = processes.find((one) => one.pid === pid);
  if (process === undefined) throw new MusterError("NOT_FOUND", { message: `There is no process ${pid} there now.` });
  const { startTicks, user } = process;
  return act(call, serverId, "process.kill", { pid, startTicks, user, signal: "TERM" });
}

async function onService(
  call: RouteCall,
  serverId: string,
  named: string,
  action: ActionName,
  only?: "container",
): ReturnType<typeof act> {
  const service = await serviceOnServer(call, serverId, named, only);
  if (!action.startsWith("container.")) return actOn(call, action, service);
  const signal = action === "container.kill" && { signal: "KILL" };
  return act(call, serverId, action, { name: service.name, ...signal });
}
