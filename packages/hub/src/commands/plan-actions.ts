import { ACTIONS, NOT_AFTER_MS } from "@muster/core";
import type { ActionArgs, ActionName, Actor, Instant, Right } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import type { CommandCore } from "@muster/protocol";
import type { AuditEntry } from "../access/audit-log.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { NewAction } from "./action-store.ts";
import type { ActorRef } from "./actor-ref.ts";
import type { Target } from "./targets.ts";

/** One effect on one server, ready to be judged and written down. */
export interface Planned {
  readonly target: Target;
  readonly server: string;
  /** As it is kept and shown. */
  readonly shownArgs: ActionArgs;
  readonly hasSecrets: boolean;
}

/** What all actions of one request have in common. */
export interface Order {
  readonly actor: Actor;
  /** As the log knows the actor. */
  readonly name: string;
  readonly ref: ActorRef;
  readonly door: string;
  readonly action: ActionName;
  readonly needs: Right;
  readonly reason: string;
  readonly askedAt: Instant;
}

/** One of these is a normal action; several in one request take a service away from everybody who uses it. */
const DANGEROUS_IN_BULK: readonly ActionName[] = ["service.stop", "service.restart"];

/** What whoever asks for an action on so many targets must hold. */
export function neededRight(action: ActionName, targetCount: number): Right {
  if (targetCount > 1 && DANGEROUS_IN_BULK.includes(action)) return "actions.dangerous";
  return `actions.${ACTIONS[action].class}`;
}

/** The actions of one batch, each with the core that will be signed, made once and for all. */
export function planActions(order: Order, planned: readonly Planned[], fleet: Fleet): readonly NewAction[] {
  const { actor, name, ref, door, action, needs, reason, askedAt } = order;
  const batchId = uuidv7(askedAt);
  const notAfter = askedAt + NOT_AFTER_MS;
  const user = actor.kind === "console" ? { id: "console", name: "console", role: "admin" } : actor.user;
  return planned.map(({ target, server, shownArgs, hasSecrets }): NewAction => {
    const { serverId, serviceId } = target;
    const id = uuidv7(askedAt);
    const core: CommandCore = {
      v: 1,
      cmd: id,
      agent: fleet.get(serverId)?.known.agent?.id ?? "",
      action,
      args: target.args,
      actor: { id: user.id, name: user.name, role: user.role, door },
      reason,
      notAfter,
    };
    return {
      ...{ id, batchId, serverId, server, serviceId, action, args: shownArgs, needs, core: JSON.stringify(core) },
      ...{ hasSecrets, actor: name, actorRef: ref, door, reason, askedAt, notAfter },
    };
  });
}

/** How the log names an action before it is decided. */
export const plannedEntry = (action: NewAction): Omit<AuditEntry, "decision" | "reason"> => ({
  actor: action.actor,
  door: action.door,
  action: action.action,
  target: action.server,
  args: { serverId: action.serverId, ...action.args, ...(action.reason ? { why: action.reason } : {}) },
  cmd: action.id,
});
