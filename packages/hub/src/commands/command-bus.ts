import { authorize, isMusterError, MINUTE_MS, MusterError } from "@muster/core";
import type {
  Action,
  ActionArgs,
  ActionName,
  Actor,
  Clock,
  DriverName,
  Outcome,
  Right,
  TargetChoice,
} from "@muster/core";
import type { ActionView } from "@muster/protocol";
import type { AuditEntry, AuditLog } from "../access/audit-log.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Links } from "../links/links.ts";
import type { ActionOutbox } from "./action-outbox.ts";
import type { ActionStore, IdempotencyKey } from "./action-store.ts";
import { actorRef } from "./actor-ref.ts";
import { redactedDefinition, wireDefinition } from "./definition-args.ts";
import type { ServiceDirectory } from "../fleet/service-directory.ts";
import { neededRight, planActions, plannedEntry } from "./plan-actions.ts";
import type { Planned } from "./plan-actions.ts";
import { resolveTargets } from "./targets.ts";

/** By which door a request came in. */
export type Door = "http" | "live" | "console" | "cli" | "telegram" | "task" | "rule";

/** Something that changes the hub itself: users, tokens, servers' settings. */
export interface Change {
  /** What the log calls it, such as `user.create`. */
  readonly name: string;
  readonly right: Right;
  readonly target: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What every request for an effect on a server may say besides. */
interface Asked {
  readonly reason: string;
  /** The caller's own: the same request with it has one effect within 24 hours. */
  readonly idempotencyKey: string | undefined;
}

/** One action on one server, with exactly these arguments. */
export interface SingleRequest extends Asked {
  readonly serverId: string;
  readonly action: Action;
}

/** One action on whatever the targets mean. */
export interface BulkRequest extends Asked {
  readonly action: ActionName;
  readonly args: ActionArgs;
  readonly targets: TargetChoice;
}

/** What a server is to run under a name, and values of its secrets. */
export interface DefineRequest extends Asked {
  readonly serverId: string;
  readonly driver: "process" | "tmux";
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface ActionAnswer {
  readonly cmd: string;
  readonly outcome: Outcome;
  readonly tookMs: number;
  /** The row of its outcome, or while there is none that of the asking. */
  readonly auditSeq: number;
}

export interface CommandBusDeps {
  readonly fleet: Fleet;
  readonly links: Links;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly store: ActionStore;
  readonly outbox: ActionOutbox;
  readonly directory: ServiceDirectory;
}

/** Whoever waits for an outcome is answered after this; the action goes on. */
const ANSWER_MS_MAX = MINUTE_MS;
/** The name that the audit log knows an actor by. Names of tokens are anything; the id, which is last, is the hub's. */
export function actorName(actor: Actor): string {
  if (actor.kind === "console") return "console";
  if (actor.kind === "token") return `${actor.user.name} (token "${actor.tokenName}" ${actor.tokenId})`;
  if (actor.kind === "task") return `${actor.user.name} (task "${actor.taskName}" ${actor.taskId})`;
  return actor.kind === "chat" ? `${actor.user.name} (Telegram ${actor.telegramId})` : actor.user.name;
}

/** Throws FORBIDDEN unless whoever asked may do it still: since then it may have stood in line for a while. */
export async function authorizeAgain(
  actor: Actor,
  right: Right,
  deps: { readonly actorNow: (actor: Actor) => Promise<Actor | undefined>; readonly clock: Clock },
): Promise<void> {
  const now = await deps.actorNow(actor);
  if (now === undefined || !authorize(now, right, deps.clock.now()).allow)
    throw new MusterError("FORBIDDEN", { message: "Who asked for this may not do it any more." });
}

/**
 * The only way to an effect. Authorizes now, writes down first, acts, writes down the outcome. What is done to a server is
 * kept and delivered by the outbox, which asks for the right again each time.
 */
export class CommandBus {
  readonly #deps: CommandBusDeps;

  constructor(deps: CommandBusDeps) {
    this.#deps = deps;
  }

  /**
   * Changes the hub itself. Throws FORBIDDEN or STEP_UP_NEEDED (and logs the refusal), STORAGE_FULL when the log cannot
   * be written before the work, in which case nothing happened, or what the work throws. `outcomeOf`: what came of it, for
   * a row of its own, where being done is not the same as having the effect.
   */
  async change<T>(
    actor: Actor,
    door: Door,
    change: Change,
    work: () => Promise<T>,
    outcomeOf?: (result: T) => Pick<Outcome, "is" | "detail">,
  ): Promise<T> {
    const { audit } = this.#deps;
    const row = {
      actor: actorName(actor),
      door,
      action: change.name,
      target: change.target,
      args: change.args,
      cmd: null,
    } as const;
    await this.#authorize(actor, change.right, [row]);
    await audit.append({ ...row, decision: "allowed", reason: "" });
    let result: T;
    try {
      result = await work();
    } catch (error) {
      const reason = isMusterError(error) ? error.code : "internal failure";
      await audit.append({ ...row, decision: "failed", reason });
      throw error;
    }
    if (outcomeOf !== undefined) {
      const { is, detail } = outcomeOf(result);
      await audit.append({ ...row, decision: is, reason: detail });
    }
    return result;
  }

  /**
   * One action on one server that is connected now; the answer holds its observed outcome, or after a minute `unknown`
   * while the action goes on. Throws as `change`, and NOT_FOUND, BAD_REQUEST, SERVER_OFFLINE, SERVER_QUARANTINED, CONFLICT,
   * RATE_LIMITED.
   */
  async run(actor: Actor, door: Door, request: SingleRequest, signal: AbortSignal): Promise<ActionAnswer> {
    const { serverId, action } = request;
    if (action.name === "service.define")
      throw new MusterError("BAD_REQUEST", {
        fields: { "body.action": "is asked for by PUT …/definitions/{driver}/{name}" },
      });
    const { driver, name } = action.args;
    const service =
      typeof driver === "string" && typeof name === "string"
        ? this.#deps.directory.select({ serverIds: [serverId], driver: driver as DriverName, name })[0]
        : undefined;
    const target = { serverId, serviceId: service?.id ?? null, args: action.args };
    return this.#runOne(
      actor,
      door,
      action.name,
      { target, shownArgs: action.args, hasSecrets: false },
      request,
      signal,
    );
  }

  /** Sets what a server runs under a name, and waits as `run`. Values of secrets leave in the command and stay nowhere. */
  async define(actor: Actor, door: Door, request: DefineRequest, signal: AbortSignal): Promise<ActionAnswer> {
    const { serverId, driver, name, secrets } = request;
    const definition = wireDefinition(request);
    const planned = {
      target: {
        serverId,
        serviceId: this.#deps.directory.select({ serverIds: [serverId], driver, name })[0]?.id ?? null,
        args: { driver, name, definition },
      },
      shownArgs: redactedDefinition(request),
      hasSecrets: Object.keys(secrets).length > 0,
    };
    return this.#runOne(actor, door, "service.define", planned, request, signal);
  }

  /**
   * Asks for one action on all that the targets mean; each is authorized and written down singly, and none happens when one
   * may not. Does not wait for outcomes. Throws as `change`, and BAD_REQUEST, NOT_FOUND, CONFLICT, RATE_LIMITED.
   */
  async ask(
    actor: Actor,
    door: Door,
    request: BulkRequest,
  ): Promise<{ readonly batchId: string; readonly items: readonly ActionView[] }> {
    const { fleet, store } = this.#deps;
    const targets = resolveTargets(request.action, request.args, request.targets, this.#deps);
    const planned = targets.map((target): Planned => {
      const server = fleet.get(target.serverId)?.known.name;
      if (server === undefined) throw new MusterError("NOT_FOUND");
      return { target, server, shownArgs: target.args, hasSecrets: false };
    });
    const { action, args, reason } = request;
    const body = JSON.stringify([action, args, request.targets, reason]);
    const { batchId } = await this.#write(actor, door, action, planned, request, body);
    return { batchId, items: await store.ofBatch(batchId) };
  }

  async #runOne(
    actor: Actor,
    door: Door,
    action: ActionName,
    one: Omit<Planned, "server">,
    request: Asked,
    signal: AbortSignal,
  ): Promise<ActionAnswer> {
    const { fleet, clock, outbox, store } = this.#deps;
    const server = fleet.get(one.target.serverId)?.known.name;
    if (server === undefined) throw new MusterError("NOT_FOUND");
    const startedMono = clock.monotonic();
    // What was asked for, not what the hub knows of it: a service that it has learned of meanwhile is the same request.
    const { serverId, args } = one.target;
    const body = JSON.stringify([action, serverId, args, request.reason]);
    const { batchId } = await this.#write(actor, door, action, [{ ...one, server }], request, body, (row) =>
      this.#needConnection(one.target.serverId, row),
    );
    const [asked] = await store.ofBatch(batchId);
    if (asked === undefined) throw new MusterError("NOT_FOUND");
    const row = await outbox.waitForRow(asked.id, ANSWER_MS_MAX, signal);
    const tookMs = Math.round(clock.monotonic() - startedMono);
    const detail = `no outcome after ${Math.round(tookMs / 1_000)} s; the action goes on as ${row.id}`;
    const outcome: Outcome = row.outcome === null ? { is: "unknown", detail } : { is: row.outcome, detail: row.detail };
    return { cmd: row.id, outcome, tookMs, auditSeq: row.ended_audit_seq ?? row.audit_seq };
  }

  /** Whoever waits for an outcome wants none of an action that cannot leave now. */
  async #needConnection(serverId: string, row: Omit<AuditEntry, "decision" | "reason">): Promise<void> {
    const problem = this.#deps.links.commandProblem(serverId);
    if (problem === undefined) return;
    const reason = problem === "SERVER_OFFLINE" ? "the server is not connected" : problem;
    await this.#deps.audit.append({ ...row, decision: "failed", reason });
    throw new MusterError(problem);
  }

  /** Authorizes every target, then writes all of them down or none. */
  async #write(
    actor: Actor,
    door: Door,
    action: ActionName,
    planned: readonly Planned[],
    { reason, idempotencyKey }: Asked,
    body: string,
    check: (row: Omit<AuditEntry, "decision" | "reason">) => Promise<void> = () => Promise.resolve(),
  ): Promise<{ readonly batchId: string }> {
    const { clock, store, outbox } = this.#deps;
    const needs = neededRight(action, planned.length);
    const ref = actorRef(actor);
    const order = { actor, name: actorName(actor), ref, door, action, needs, reason, askedAt: clock.now() };
    const actions = planActions(order, planned, this.#deps.fleet);
    const rows = actions.map(plannedEntry);
    await this.#authorize(actor, needs, rows);
    const key: IdempotencyKey | undefined = idempotencyKey === undefined ? undefined : { key: idempotencyKey, body };
    const found = key && (await store.requested(undefined, ref, key));
    if (found !== undefined && found !== "other") return found;
    for (const row of rows) await check(row);
    return outbox.add(
      actions,
      rows.map((row) => ({ ...row, decision: "allowed", reason: "" })),
      key && { ref, key },
    );
  }

  /** One verdict a row, each written down when it is a refusal. */
  async #authorize(
    actor: Actor,
    right: Right,
    rows: readonly Omit<AuditEntry, "decision" | "reason">[],
  ): Promise<void> {
    const verdict = authorize(actor, right, this.#deps.clock.now());
    if (verdict.allow) return;
    const reason = `no right ${right} (${verdict.why})`;
    await this.#deps.audit.appendAll(rows.map((row) => ({ ...row, decision: "refused", reason })));
    throw new MusterError(verdict.why === "step-up" ? "STEP_UP_NEEDED" : "FORBIDDEN");
  }
}
