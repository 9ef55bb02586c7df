import { MINUTE_MS, MusterError } from "@muster/core";
import type { DeployAction } from "@muster/core";
import type { Server } from "@muster/protocol";
import { ok } from "./compat-handler.ts";
import type { CompatReply, CompatRequest } from "./compat-handler.ts";
import { effect } from "./effects.ts";

export type S5AgentVerb = "deploy" | "install" | "start" | "uninstall";

/**
 * What that system does to an agent in three requests (upload, install, start), ours does in one, whichever is asked
 * first; the others then find it done. Paths and ports in the body are that system's and are not needed.
 */
export async function s5Agent(request: CompatRequest, verb: S5AgentVerb, server: Server): Promise<CompatReply> {
  const action = actionOf(verb, server);
  if (action === undefined) return ok({ success: true, message: "The agent is installed and joined." });
  const { isDone, message } = await effect("Done", async () => {
    const { call } = request;
    const { id } = await call("POST /api/v1/servers/{id}/agent", { params: { id: server.id }, body: { action } });
    // Asked once: the route answers at once where nobody waits any more, and asking in a circle would stop the hub.
    const { state, steps, aftermath } = await call("GET /api/v1/deployments/{id}", {
      params: { id },
      query: { waitMs: MINUTE_MS },
    });
    if (state === "succeeded") return { outcome: "succeeded", detail: "" };
    if (state !== "failed") return { outcome: "unknown", detail: `no outcome yet; the deployment goes on as ${id}` };
    const failed = steps.find((step) => step.state === "failed");
    return { outcome: "failed", detail: [failed?.detail, aftermath].filter(Boolean).join(" ") };
  });
  return ok(isDone ? { success: true, message } : { success: false, error: message });
}

/** What has to be done, undefined when it is done already. */
function actionOf(verb: S5AgentVerb, { link }: Server): DeployAction | undefined {
  if (verb === "uninstall") return "uninstall";
  if (link !== "agent") return "deploy";
  if (verb === "deploy") return "upgrade";
  return verb === "start" ? "start" : undefined;
}

/** What is known of the agent. */
export function s5AgentInfo({ agentVersion, name }: Server): CompatReply {
  if (agentVersion === null) throw new MusterError("NOT_FOUND", { message: `${name} has no agent.` });
  return ok({ success: true, message: `muster agent ${agentVersion}`, version: agentVersion });
}
