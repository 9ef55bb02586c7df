import { DAY_MS } from "@muster/core";
import type { ActionName, Clock, DeliveryState, Outcome, Right } from "@muster/core";
import { hmacSha256, seal, unseal } from "@muster/node-kit";
import type { ActionView } from "@muster/protocol";
import type { AuditHead } from "../access/audit-log.ts";
import type { Database } from "../state/database.ts";
import type { ActionRow } from "../state/schema.ts";
import type { ActorRef } from "./actor-ref.ts";

/** Rows of actions are kept this long. */
export const ACTION_AGE_MS_MAX = 90 * DAY_MS;
/** An Idempotency-Key means the same request this long. */
export const IDEMPOTENCY_MS = DAY_MS;

/** One action that is about to be written down. */
export interface NewAction {
  readonly id: string;
  readonly batchId: string;
  readonly serverId: string;
  readonly server: string;
  readonly serviceId: string | null;
  readonly action: ActionName;
  /** Without secrets. */
  readonly args: Readonly<Record<string, string | number>>;
  readonly needs: Right;
  /** The exact text of the command's core. */
  readonly core: string;
  /** Whether `core` carries secrets and must be sealed. */
  readonly hasSecrets: boolean;
  readonly actor: string;
  readonly actorRef: ActorRef;
  readonly door: string;
  readonly reason: string;
  readonly askedAt: number;
  readonly notAfter: number;
}

/** What has to be known of an action to deliver it and to tell of it. */
export interface StoredAction {
  readonly row: ActionRow;
  readonly state: DeliveryState;
}

export interface IdempotencyKey {
  readonly key: string;
  /** Everything that the request says, secrets included: only its keyed hash is kept. */
  readonly body: string;
}

export interface ActionFilter {
  readonly server?: string | undefined;
  readonly service?: string | undefined;
  readonly batch?: string | undefined;
  readonly state?: ActionRow["state"] | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
}

/** How an action ended, as it is written down. */
export interface ActionEnd {
  readonly by: "server" | "hub";
  readonly outcome: Outcome;
  readonly exit?: number | undefined;
  readonly output?: string | undefined;
}

const ALL_BUT_OUTPUT = [
  "id",
  "batch_id",
  "server_id",
  "server_name",
  "service_id",
  "action",
  "args",
  "actor",
  "door",
  "reason",
  "state",
  "outcome",
  "detail",
  "exit",
  "asked_at",
  "sent_at",
  "ended_at",
  "audit_seq",
] as const;

/** Keeps what was asked of servers. Outcomes are written in the transaction of their audit row. */
export class ActionStore {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #kek: Uint8Array;

  constructor(deps: { readonly db: Database; readonly clock: Clock; readonly kek: Uint8Array }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
    this.#kek = deps.kek;
  }

  async insert(db: Database, action: NewAction, audit: AuditHead): Promise<StoredAction> {
    const row: ActionRow = {
      id: action.id,
      batch_id: action.batchId,
      server_id: action.serverId,
      server_name: action.server,
      service_id: action.serviceId,
      action: action.action,
      args: JSON.stringify(action.args),
      needs: action.needs,
      core: action.hasSecrets ? null : action.core,
      core_sealed: action.hasSecrets ? seal(this.#kek, Buffer.from(action.core), boundTo(action.id)) : null,
      actor: action.actor,
      actor_ref: JSON.stringify(action.actorRef),
      door: action.door,
      reason: action.reason,
      state: "asked",
      ended_by: null,
      outcome: null,
      detail: "",
      exit: null,
      output: null,
      asked_at: action.askedAt,
      not_after: action.notAfter,
      sent_at: null,
      last_sent_at: null,
      ended_at: null,
      audit_seq: audit.seq,
      audit_hash: audit.hash,
      ended_audit_seq: null,
    };
    await db.insertInto("action").values(row).execute();
    return { row, state: { is: "asked", notAfter: row.not_after } };
  }

  /** The text that is signed; undefined when it cannot be opened any more, because the key-encryption key is another. */
  coreOf({ id, core, core_sealed: sealed }: ActionRow): string | undefined {
    if (core !== null) return core;
    const plain = sealed === null ? undefined : unseal(this.#kek, sealed, boundTo(id));
    return plain && Buffer.from(plain).toString("utf8");
  }

  async noteSent(row: ActionRow, at: number): Promise<ActionRow> {
    const set = { state: "sent", sent_at: row.sent_at ?? at, last_sent_at: at } as const;
    await this.#db.updateTable("action").set(set).where("id", "=", row.id).where("state", "<>", "ended").execute();
    return { ...row, ...set };
  }

  /** The core goes: it is not sent again, and may hold what should not lie about. */
  async end(
    db: Database,
    row: ActionRow,
    { by, outcome, exit, output }: ActionEnd,
    audit: AuditHead,
  ): Promise<ActionRow> {
    const set = {
      state: "ended",
      ended_by: by,
      outcome: outcome.is,
      detail: outcome.detail,
      exit: exit ?? null,
      output: output ?? null,
      ended_at: this.#clock.now(),
      ended_audit_seq: audit.seq,
      core: null,
      core_sealed: null,
    } as const;
    await db.updateTable("action").set(set).where("id", "=", row.id).execute();
    return { ...row, ...set };
  }

  async byId(id: string): Promise<StoredAction | undefined> {
    const row = await this.#db.selectFrom("action").selectAll().where("id", "=", id).executeTakeFirst();
    return row && { row, state: stateOf(row) };
  }

  /** Everything that has not ended, oldest first. */
  async open(): Promise<readonly StoredAction[]> {
    const rows = await this.#db.selectFrom("action").selectAll().where("state", "<>", "ended").orderBy("id").execute();
    return rows.map((row) => ({ row, state: stateOf(row) }));
  }

  /** Newest first, without what programs printed. */
  async list({ server, service, batch, state, before, limit }: ActionFilter): Promise<readonly ActionView[]> {
    let query = this.#db.selectFrom("action").select(ALL_BUT_OUTPUT).orderBy("id", "desc").limit(limit);
    if (server !== undefined) query = query.where("server_id", "=", server);
    if (service !== undefined) query = query.where("service_id", "=", service);
    if (batch !== undefined) query = query.where("batch_id", "=", batch);
    if (state !== undefined) query = query.where("state", "=", state);
    if (before !== undefined) query = query.where("id", "<", before);
    return (await query.execute()).map((row) => actionView({ ...row, output: null }));
  }

  async ofBatch(batchId: string): Promise<readonly ActionView[]> {
    const rows = await this.#db
      .selectFrom("action")
      .select(ALL_BUT_OUTPUT)
      .where("batch_id", "=", batchId)
      .orderBy("id")
      .execute();
    return rows.map((row) => actionView({ ...row, output: null }));
  }

  /** The batch that this key asked for already; `other` when it was asked with another body. */
  async requested(
    db: Database | undefined,
    ref: ActorRef,
    { key, body }: IdempotencyKey,
  ): Promise<{ readonly batchId: string } | "other" | undefined> {
    const row = await (db ?? this.#db)
      .selectFrom("action_request")
      .select(["batch_id", "body_hash"])
      .where("actor_ref", "=", JSON.stringify(ref))
      .where("idempotency_key", "=", key)
      .where("asked_at", ">", this.#clock.now() - IDEMPOTENCY_MS)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return row.body_hash === this.#bodyHash(body) ? { batchId: row.batch_id } : "other";
  }

  /** What this key asked for, however long ago; undefined when it asked for nothing, or its row is gone with its age. */
  async batchAsked(ref: ActorRef, key: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom("action_request")
      .select("batch_id")
      .where("actor_ref", "=", JSON.stringify(ref))
      .where("idempotency_key", "=", key)
      .executeTakeFirst();
    return row?.batch_id;
  }

  /** How those of these ended that have; what is not kept any more is `unknown`. */
  async outcomes(ids: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom("action")
      .select(["id", "state", "outcome", "detail"])
      .where("id", "in", ids)
      .execute();
    const found = new Map(rows.map((row) => [row.id, row]));
    return new Map(
      ids.flatMap((id): readonly [string, Outcome][] => {
        const row = found.get(id);
        if (row === undefined) return [[id, { is: "unknown", detail: "its action is not kept any more" }]];
        return row.state === "ended" ? [[id, { is: row.outcome ?? "unknown", detail: row.detail }]] : [];
      }),
    );
  }

  async insertRequest(db: Database, ref: ActorRef, { key, body }: IdempotencyKey, batchId: string): Promise<void> {
    const row = { body_hash: this.#bodyHash(body), batch_id: batchId, asked_at: this.#clock.now() };
    await db
      .insertInto("action_request")
      .values({ actor_ref: JSON.stringify(ref), idempotency_key: key, ...row })
      // One that is older than a day counts no more.
      .onConflict((conflict) => conflict.columns(["actor_ref", "idempotency_key"]).doUpdateSet(row))
      .execute();
  }

  /** Keyed, because a plain hash of a weak secret could be guessed from a copy of the database. */
  #bodyHash(body: string): string {
    return Buffer.from(hmacSha256(this.#kek, Buffer.from(`action_request.body_hash ${body}`))).toString("hex");
  }

  /** Drops what is past its age; what has not ended stays. */
  async prune(): Promise<void> {
    const now = this.#clock.now();
    await this.#db
      .deleteFrom("action")
      .where("asked_at", "<", now - ACTION_AGE_MS_MAX)
      .where("state", "=", "ended")
      .execute();
    await this.#db
      .deleteFrom("action_request")
      .where("asked_at", "<=", now - IDEMPOTENCY_MS)
      .execute();
  }
}

const boundTo = (id: string): string => `action.core_sealed ${id}`;

function stateOf(row: ActionRow): DeliveryState {
  const { state, not_after: notAfter, sent_at: sentAt, last_sent_at: lastSentAt, ended_by: by, outcome } = row;
  if (state === "ended") return { is: "ended", by: by ?? "hub", outcome: outcome ?? "unknown" };
  if (state === "asked") return { is: "asked", notAfter };
  const firstSentAt = sentAt ?? row.asked_at;
  return { is: "sent", notAfter, firstSentAt, lastSentAt: lastSentAt ?? firstSentAt, withheld: false };
}

type ViewColumns = Pick<ActionRow, (typeof ALL_BUT_OUTPUT)[number] | "output">;

export const actionView = (row: ViewColumns): ActionView => ({
  id: row.id,
  batchId: row.batch_id,
  serverId: row.server_id,
  server: row.server_name,
  serviceId: row.service_id,
  action: row.action as ActionName,
  args: JSON.parse(row.args) as Record<string, string | number>,
  actor: row.actor,
  door: row.door,
  reason: row.reason,
  state: row.state,
  outcome: row.outcome,
  detail: row.detail,
  exit: row.exit,
  output: row.output,
  askedAt: row.asked_at,
  sentAt: row.sent_at,
  endedAt: row.ended_at,
  auditSeq: row.audit_seq,
});
