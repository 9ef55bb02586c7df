import { authorize, deliver, isMusterError, MusterError, RESEND_AFTER_MS } from "@muster/core";
import type { Clock, DeliveryEvent, DeliveryStep, Logger, Outcome, Right } from "@muster/core";
import { Turns } from "@muster/node-kit";
import type { ActionView, ResultBody } from "@muster/protocol";
import type { AuditEntry, AuditLog } from "../access/audit-log.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { CommandEnds, Links } from "../links/links.ts";
import type { Database } from "../state/database.ts";
import type { ActionRow } from "../state/schema.ts";
import { actionEntry, lateEntry, strayEntry } from "./action-audit.ts";
import { actionView } from "./action-store.ts";
import type { ActionStore, IdempotencyKey, NewAction, StoredAction } from "./action-store.ts";
import { ActionWatch } from "./action-watch.ts";
import { actorNow } from "./actor-ref.ts";
import type { ActorRef } from "./actor-ref.ts";

export interface ActionOutboxDeps {
  readonly store: ActionStore;
  readonly db: Database;
  readonly audit: AuditLog;
  readonly links: Links;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly log: Logger;
}

/** So many actions of one server may wait for their end; whoever asks for more is told to wait. */
export const OPEN_PER_SERVER_MAX = 1_000;
const RETRY_MS = 5_000;

/** The key was used before: nothing was written. */
class KnownRequest extends Error {
  readonly found: { readonly batchId: string } | "other";
  constructor(found: { readonly batchId: string } | "other") {
    super("the request is known");
    this.found = found;
  }
}

/**
 * What was asked of servers and has not ended. Everything in it is in the database first: a hub that starts goes on where
 * the last one stopped. Steps of one server's actions follow one another; what a step does is decided by the table in
 * core (`deliver`).
 */
export class ActionOutbox implements CommandEnds {
  readonly #deps: ActionOutboxDeps;
  readonly #open = new Map<string, StoredAction>();
  /** How many of them each server has. */
  readonly #openCounts = new Map<string, number>();
  /** Steps of one server's actions follow one another. */
  readonly #turns = new Turns();
  readonly #watch: ActionWatch;
  readonly #stopListening: () => void;

  private constructor(deps: ActionOutboxDeps, open: readonly StoredAction[]) {
    this.#deps = deps;
    this.#watch = new ActionWatch(deps);
    for (const action of open) this.#enter(action);
    deps.links.serve(this);
    this.#stopListening = deps.fleet.listen((event) => {
      if (event.is === "removed") this.#shutOut(event.serverId, "the server was deleted");
      else if (event.is === "changed" && deps.fleet.get(event.serverId)?.known.state === "revoked")
        this.#shutOut(event.serverId, "the server was revoked");
    });
  }

  static async open(deps: ActionOutboxDeps): Promise<ActionOutbox> {
    return new ActionOutbox(deps, await deps.store.open());
  }

  /** Told of every action that is new or has changed, after that is durable. What programs printed is left out. */
  listen(listener: (action: ActionView) => void): () => void {
    return this.#watch.listen(listener);
  }

  /** How many have not ended. */
  get openCount(): number {
    return this.#open.size;
  }

  /**
   * Writes actions down together with their audit rows, or nothing at all, and sends them where a server can take them.
   * With a key that was used before, the batch of that time comes back instead and nothing happens. Throws CONFLICT when
   * it stood for another request, RATE_LIMITED when too many wait, STORAGE_FULL, STORAGE_FAILED.
   */
  async add(
    actions: readonly NewAction[],
    audits: readonly AuditEntry[],
    request: { readonly ref: ActorRef; readonly key: IdempotencyKey } | undefined,
  ): Promise<{ readonly batchId: string; readonly isKnown: boolean }> {
    const { store, audit } = this.#deps;
    this.#checkRoom(actions);
    const batchId = actions[0]!.batchId;
    const added: StoredAction[] = [];
    try {
      await audit.appendAll(audits, async (transaction, heads) => {
        if (request !== undefined) {
          const found = await store.requested(transaction, request.ref, request.key);
          if (found !== undefined) throw new KnownRequest(found);
          await store.insertRequest(transaction, request.ref, request.key, batchId);
        }
        for (const [index, action] of actions.entries())
          added.push(await store.insert(transaction, action, heads[index]!));
      });
    } catch (error) {
      if (!(error instanceof KnownRequest)) throw error;
      if (error.found !== "other") return { batchId: error.found.batchId, isKnown: true };
      throw new MusterError("CONFLICT", { message: "This Idempotency-Key was used for another request." });
    }
    for (const action of added) {
      this.#enter(action);
      this.#watch.tell(action.row);
      this.#offer(action.row);
    }
    return { batchId, isKnown: false };
  }

  #checkRoom(actions: readonly NewAction[]): void {
    const asked = Map.groupBy(actions, ({ serverId }) => serverId);
    for (const [serverId, { length }] of asked)
      if (this.#openOf(serverId) + length > OPEN_PER_SERVER_MAX)
        throw new MusterError("RATE_LIMITED", {
          message: `${OPEN_PER_SERVER_MAX} actions of this server wait for their end; ask again when some have ended.`,
          retryAfterMs: RETRY_MS,
        });
  }

  #openOf(serverId: string): number {
    return this.#openCounts.get(serverId) ?? 0;
  }

  #enter(action: StoredAction): void {
    const { id, server_id: serverId } = action.row;
    if (!this.#open.has(id)) this.#openCounts.set(serverId, this.#openOf(serverId) + 1);
    this.#open.set(id, action);
  }

  /** The action as it is when it has ended, the time is over or the signal aborts. Throws NOT_FOUND. */
  async wait(id: string, waitMs: number, signal: AbortSignal): Promise<ActionView> {
    return actionView(await this.waitForRow(id, waitMs, signal));
  }

  /** The same as it is kept. */
  async waitForRow(id: string, waitMs: number, signal: AbortSignal): Promise<ActionRow> {
    if (this.#open.has(id)) await this.#watch.ended(id, waitMs, signal);
    const stored = this.#open.get(id) ?? (await this.#deps.store.byId(id));
    if (stored === undefined) throw new MusterError("NOT_FOUND");
    return stored.row;
  }

  /** Takes back what of these has not been sent; what has is not sent again, and its outcome still counts. */
  withdraw(ids: readonly string[], why: string): void {
    for (const id of ids) {
      const open = this.#open.get(id);
      if (open !== undefined) this.#later(open.row.server_id, () => this.#stepOpen(id, { is: "forbidden", why }));
    }
  }

  // ---- what links tell

  connected(serverId: string): void {
    for (const { row } of this.#open.values()) if (row.server_id === serverId) this.#offer(row);
  }

  /** Resolves when the result is durable. Throws what the storage throws; then the server keeps it and says it again. */
  async result(serverId: string, result: ResultBody): Promise<void> {
    await this.#turns.take(serverId, async () => {
      const stored = this.#open.get(result.cmd) ?? (await this.#deps.store.byId(result.cmd));
      if (stored?.row.server_id !== serverId) {
        const name = this.#deps.fleet.get(serverId)?.known.name ?? serverId;
        await this.#deps.audit.append(strayEntry(serverId, name, result));
        return;
      }
      await this.#step(stored, { is: "result", outcome: { is: result.outcome, detail: result.detail } }, result);
    });
  }

  /** Call every second: ends what has waited too long, sends again what may have been lost. */
  tick(): void {
    const now = this.#deps.clock.now();
    for (const { row, state } of this.#open.values()) {
      if (deliver(state, { is: "time" }, now).effect !== undefined)
        this.#later(row.server_id, () => this.#stepOpen(row.id, { is: "time" }));
      else if (state.is === "asked" || (state.is === "sent" && now - state.lastSentAt >= RESEND_AFTER_MS))
        this.#offer(row);
    }
  }

  /** Resolves when every step that has begun is over. */
  async stop(): Promise<void> {
    this.#stopListening();
    await this.#turns.settled();
  }

  // ---- steps

  /** Hands an action to its server where that can take it and whoever asked for it may still do so. */
  #offer({ id, server_id: serverId, last_sent_at: lastSentAt }: ActionRow): void {
    if (this.#deps.links.commandProblem(serverId) !== undefined) return;
    this.#later(serverId, async () => {
      const open = this.#open.get(id);
      // It may have been sent while it waited for its turn.
      if (open?.row.last_sent_at !== lastSentAt || this.#deps.links.commandProblem(serverId) !== undefined) return;
      const why = await this.#whyForbidden(open.row);
      await this.#step(open, why === undefined ? { is: "deliverable" } : { is: "forbidden", why });
    });
  }

  async #whyForbidden({ actor_ref: ref, needs }: ActionRow): Promise<string | undefined> {
    const { db, clock } = this.#deps;
    const actor = await actorNow(JSON.parse(ref) as ActorRef, db, clock);
    if (actor === undefined) return "who asked for it is gone";
    return authorize(actor, needs as Right, clock.now()).allow ? undefined : "who asked for it may not any more";
  }

  #shutOut(serverId: string, why: string): void {
    for (const { row } of this.#open.values())
      if (row.server_id === serverId) this.#later(serverId, () => this.#stepOpen(row.id, { is: "shut-out", why }));
  }

  async #stepOpen(id: string, event: DeliveryEvent): Promise<void> {
    const open = this.#open.get(id);
    if (open !== undefined) await this.#step(open, event);
  }

  /** One step of the table: its effect is durable before the state counts. */
  async #step(action: StoredAction, event: DeliveryEvent, result?: ResultBody): Promise<void> {
    const step = deliver(action.state, event, this.#deps.clock.now());
    switch (step.effect?.is) {
      case undefined:
        return this.#keep({ row: action.row, state: step.state });
      case "send":
        return this.#send(action.row, step);
      case "withhold":
        await this.#deps.audit.append({
          ...actionEntry(action.row),
          decision: "refused",
          reason: `not sent again: ${step.effect.why}`,
        });
        return this.#keep({ row: action.row, state: step.state });
      case "end":
        return this.#end(action.row, step, actionEntry(action.row), step.effect.outcome, result);
      case "correct":
        return this.#end(action.row, step, lateEntry(action.row), step.effect.outcome, result);
    }
  }

  #keep(action: StoredAction): void {
    if (action.state.is !== "ended") this.#enter(action);
  }

  async #send(row: ActionRow, step: DeliveryStep): Promise<void> {
    const { store, links, clock, log } = this.#deps;
    const core = store.coreOf(row);
    if (core === undefined)
      return this.#stepOpen(row.id, { is: "shut-out", why: "its sealed text could not be opened any more" });
    // From here on the server may have it, whatever happens to this process.
    const sent = await store.noteSent(row, clock.now());
    this.#keep({ row: sent, state: step.state });
    this.#watch.tell(sent);
    try {
      await links.deliver(row.server_id, core, { seq: row.audit_seq, hash: row.audit_hash });
    } catch (error) {
      if (!isMusterError(error)) throw error;
      log.debug("a command could not be sent now; it is sent again", { cmd: row.id, code: error.code });
    }
  }

  async #end(
    row: ActionRow,
    step: DeliveryStep,
    entry: Omit<AuditEntry, "decision" | "reason">,
    outcome: Outcome,
    result: ResultBody | undefined,
  ): Promise<void> {
    const { audit, store } = this.#deps;
    const by = step.state.is === "ended" ? step.state.by : "hub";
    let ended = row;
    await audit.append({ ...entry, decision: outcome.is, reason: outcome.detail }, async (transaction, [head]) => {
      ended = await store.end(transaction, row, { by, outcome, exit: result?.exit, output: result?.output }, head!);
    });
    if (this.#open.delete(row.id)) this.#openCounts.set(row.server_id, this.#openOf(row.server_id) - 1);
    this.#watch.tell(ended);
  }

  #later(serverId: string, work: () => Promise<void>): void {
    this.#turns
      .take(serverId, work)
      .catch((error: unknown) =>
        this.#deps.log.warn("a step of an action failed; it is tried again", { serverId, error }),
      );
  }
}
