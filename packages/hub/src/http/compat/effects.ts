import { isMusterError } from "@muster/core";
import type { ActionName, ErrorCode } from "@muster/core";
import type { OutcomeView, Service } from "@muster/protocol";
import type { RouteCall } from "./compat-handler.ts";

/** What came of an effect, as far as those systems can say it: whether it succeeded, and a sentence. */
export interface Effect {
  readonly isDone: boolean;
  readonly message: string;
  /** True when the server's own policy refused. */
  readonly isRefused: boolean;
}

/** Failures of an effect. All others are failures of the request, and keep their status in every dialect. */
const FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "NOT_FOUND",
  "CONFLICT",
  "SERVER_OFFLINE",
  "SERVER_PENDING",
  "SERVER_QUARANTINED",
  "ACTION_REFUSED",
  "ACTION_FAILED",
  "ACTION_TIMED_OUT",
]);

/** Does it and tells what came of it; an outcome that is not known is no success. Throws failures of the request. */
export async function effect(
  done: string,
  work: () => Promise<Pick<OutcomeView, "outcome" | "detail">>,
): Promise<Effect> {
  try {
    const { outcome, detail } = await work();
    if (outcome === "succeeded") return { isDone: true, message: done, isRefused: false };
    return { isDone: false, message: `${outcome}: ${detail}`, isRefused: outcome === "refused" };
  } catch (error) {
    if (!isMusterError(error) || !FAILURES.has(error.code)) throw error;
    return { isDone: false, message: error.message, isRefused: error.code === "ACTION_REFUSED" };
  }
}

/** One action on one server, as its route does it. */
export const act = (
  call: RouteCall,
  serverId: string,
  action: ActionName,
  args: Readonly<Record<string, string | number>> = {},
  reason?: string,
): Promise<OutcomeView> =>
  call("POST /api/v1/servers/{id}/actions", {
    params: { id: serverId },
    body: { action, args, ...(reason && { reason }) },
  });

/** An action on a service, as its route does it. */
export const actOn = (call: RouteCall, action: ActionName, { serverId, driver, name }: Service): Promise<OutcomeView> =>
  act(call, serverId, action, { driver, name });
