import { ACTIONS, authorize, isMusterError, MINUTE_MS, MusterError } from "@muster/core";
import type { Action, Actor, Clock, Outcome, Right } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import type { AuditEntry, AuditLog } from "../access/audit-log.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Links } from "../links/links.ts";

/** By which door a request came in. */
export type Door = "http" | "live" | "console" | "cli";

/** Something that changes the hub itself: users, tokens, servers' settings. */
export interface Change {
  /** What the log calls it, such as `user.create`. */
  readonly name: string;
  readonly right: Right;
  readonly target: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface ActionAnswer {
  readonly cmd: string;
  readonly outcome: Outcome;
  readonly tookMs: number;
  readonly auditSeq: number;
}

const NOT_AFTER_MS = MINUTE_MS;

/** The name that the audit log knows an actor by. */
export const actorName = (actor: Actor): string =>
  actor.kind === "console"
    ? "console"
    : actor.kind === "token"
      ? `${actor.user.name} (token ${actor.tokenId})`
      : actor.user.name;

/** The only way to an effect. Authorizes now, writes down first, acts, writes down the outcome. */
export class CommandBus {
  readonly #fleet: Fleet;
  readonly #links: Links;
  readonly #audit: AuditLog;
  readonly #clock: Clock;

  constructor(deps: { readonly fleet: Fleet; readonly links: Links; readonly audit: AuditLog; readonly clock: Clock }) {
    this.#fleet = deps.fleet;
    this.#links = deps.links;
    this.#audit = deps.audit;
    this.#clock = deps.clock;
  }

  /**
   * Changes the hub itself. Throws FORBIDDEN or STEP_UP_NEEDED (and logs the refusal), STORAGE_FULL when the log cannot
   * be written, in which case nothing happened, or what the work throws.
   */
  async change<T>(actor: Actor, door: Door, change: Change, work: () => Promise<T>): Promise<T> {
    const row = {
      actor: actorName(actor),
      door,
      action: change.name,
      target: change.target,
      args: change.args,
      cmd: null,
    } as const;
    await this.#authorize(actor, change.right, row);
    await this.#audit.append({ ...row, decision: "allowed", reason: "" });
    try {
      return await work();
    } catch (error) {
      await this.#audit.append({
        ...row,
        decision: "failed",
        reason: isMusterError(error) ? error.code : "internal failure",
      });
      throw error;
    }
  }

  /** One action on one server; the answer holds its observed outcome. Throws as `change`, and NOT_FOUND, SERVER_OFFLINE. */
  async run(
    actor: Actor,
    door: Door,
    serverId: string,
    action: Action,
    reason: string,
    signal: AbortSignal,
  ): Promise<ActionAnswer> {
    const server = this.#fleet.get(serverId)?.known;
    if (!server) throw new MusterError("NOT_FOUND");
    const startedMono = this.#clock.monotonic();
    const cmd = uuidv7(this.#clock.now());
    const row = {
      actor: actorName(actor),
      door,
      action: action.name,
      target: server.name,
      args: { serverId, ...action.args, ...(reason ? { why: reason } : {}) },
      cmd,
    } as const;
    const kind = ACTIONS[action.name];
    await this.#authorize(
      actor,
      kind.class === "dangerous" ? "actions.dangerous" : kind.class === "normal" ? "actions.normal" : "actions.read",
      row,
    );
    if (!this.#links.isConnected(serverId)) {
      await this.#audit.append({ ...row, decision: "failed", reason: "the server is not connected" });
      throw new MusterError("SERVER_OFFLINE");
    }
    const written = await this.#audit.append({ ...row, decision: "allowed", reason: "" });
    const user = actor.kind === "console" ? { id: "console", name: "console", role: "admin" } : actor.user;
    let outcome: Outcome;
    try {
      outcome = await this.#links.command(
        serverId,
        {
          cmd,
          action: action.name,
          args: action.args,
          actor: { id: user.id, name: user.name, role: user.role, door },
          reason,
          notAfter: this.#clock.now() + NOT_AFTER_MS,
        },
        written,
        signal,
      );
    } catch (error) {
      await this.#audit.append({
        ...row,
        decision: "failed",
        reason: isMusterError(error) ? error.code : "internal failure",
      });
      throw error;
    }
    const ended = await this.#audit.append({ ...row, decision: outcome.is, reason: outcome.detail });
    return { cmd, outcome, tookMs: Math.round(this.#clock.monotonic() - startedMono), auditSeq: ended.seq };
  }

  async #authorize(actor: Actor, right: Right, row: Omit<AuditEntry, "decision" | "reason">): Promise<void> {
    const verdict = authorize(actor, right, this.#clock.now());
    if (verdict.allow) return;
    await this.#audit.append({ ...row, decision: "refused", reason: `no right ${right} (${verdict.why})` });
    throw new MusterError(verdict.why === "step-up" ? "STEP_UP_NEEDED" : "FORBIDDEN");
  }
}
