import { isRight, MINUTE_MS, MusterError, roleHolds } from "@muster/core";
import type { Actor, Clock, Right } from "@muster/core";
import { equalBytes, randomToken, sha256Hex, uuidv7 } from "@muster/node-kit";
import type { Database } from "../state/database.ts";
import type { AccessEvents } from "./access-events.ts";

export type TokenActor = Extract<Actor, { kind: "token" }>;

export interface ApiTokenView {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly scopes: Right[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

/** So many tokens may one user have: whoever can make one could else fill the disk with them. */
const TOKENS_PER_USER_MAX = 200;

/** `msa1.<id>.<secret>`: the id finds the row, the secret (256 bit) is compared as a hash. */
const API_TOKEN = /^msa1\.([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})$/;

/** Keeps API tokens. Their secrets are shown once and stored as hashes. */
export class ApiTokenStore {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #events: AccessEvents;

  constructor(deps: { readonly db: Database; readonly clock: Clock; readonly events: AccessEvents }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
    this.#events = deps.events;
  }

  /** Throws FORBIDDEN when a scope is asked that the creator does not hold now, CONFLICT when there are too many. */
  async create(
    owner: { readonly id: string; readonly name: string; readonly role: "viewer" | "operator" | "admin" },
    token: { readonly name: string; readonly scopes: readonly Right[]; readonly expiresAt: number | null },
  ): Promise<{ readonly token: ApiTokenView; readonly secret: string }> {
    const beyond = token.scopes.find((scope) => !roleHolds(owner.role, scope));
    if (beyond)
      throw new MusterError("FORBIDDEN", {
        message: `Your role does not hold ${beyond}, so a token of yours cannot either.`,
      });
    const { count } = await this.#db
      .selectFrom("api_token")
      .select((select) => select.fn.countAll<number>().as("count"))
      .where("user_id", "=", owner.id)
      .executeTakeFirstOrThrow();
    if (count >= TOKENS_PER_USER_MAX)
      throw new MusterError("CONFLICT", {
        message: `You have ${TOKENS_PER_USER_MAX} tokens; revoke one you do not need first.`,
      });
    const now = this.#clock.now();
    const id = uuidv7(now);
    const secret = randomToken(32);
    const scopes = [...new Set(token.scopes)];
    await this.#db
      .insertInto("api_token")
      .values({
        id,
        user_id: owner.id,
        name: token.name,
        secret_hash: sha256Hex(secret),
        scopes: JSON.stringify(scopes),
        created_at: now,
        expires_at: token.expiresAt,
        last_used_at: null,
      })
      .execute();
    const view = {
      id,
      name: token.name,
      owner: owner.name,
      scopes,
      createdAt: now,
      expiresAt: token.expiresAt,
      lastUsedAt: null,
    };
    return { token: view, secret: `msa1.${id}.${secret}` };
  }

  /** Who holds this token now; undefined when it is unknown, expired, revoked or its owner may not sign in. */
  async actor(text: string): Promise<TokenActor | undefined> {
    const match = API_TOKEN.exec(text);
    if (!match) return undefined;
    const row = await this.#db
      .selectFrom("api_token")
      .innerJoin("user", "user.id", "api_token.user_id")
      .select([
        "api_token.id as token_id",
        "api_token.name as token_name",
        "secret_hash",
        "scopes",
        "expires_at",
        "last_used_at",
        "user.id",
        "user.name",
        "user.role",
        "user.enabled",
      ])
      .where("api_token.id", "=", match[1]!)
      .executeTakeFirst();
    const now = this.#clock.now();
    const presented = Buffer.from(sha256Hex(match[2]!));
    if (!row || !equalBytes(presented, Buffer.from(row.secret_hash)) || row.enabled === 0) return undefined;
    if (row.expires_at !== null && row.expires_at <= now) return undefined;
    if (row.last_used_at === null || now - row.last_used_at >= MINUTE_MS) {
      await this.#db.updateTable("api_token").set({ last_used_at: now }).where("id", "=", row.token_id).execute();
    }
    const scopes = (JSON.parse(row.scopes) as string[]).filter(isRight);
    const user = { id: row.id, name: row.name, role: row.role };
    return { kind: "token", tokenId: row.token_id, tokenName: row.token_name, user, scopes };
  }

  /** Of one owner, or of everybody. */
  async list(ownerId?: string): Promise<readonly ApiTokenView[]> {
    let query = this.#db
      .selectFrom("api_token")
      .innerJoin("user", "user.id", "api_token.user_id")
      .selectAll("api_token")
      .select("user.name as owner")
      .orderBy("api_token.created_at", "desc");
    if (ownerId !== undefined) query = query.where("user_id", "=", ownerId);
    return (await query.execute()).map((row) => ({
      id: row.id,
      name: row.name,
      owner: row.owner,
      scopes: (JSON.parse(row.scopes) as string[]).filter(isRight),
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at,
    }));
  }

  /** Undefined where there is none, or with an owner none of that owner's. */
  async nameOf(id: string, ownerId?: string): Promise<string | undefined> {
    let query = this.#db.selectFrom("api_token").select("name").where("id", "=", id);
    if (ownerId !== undefined) query = query.where("user_id", "=", ownerId);
    return (await query.executeTakeFirst())?.name;
  }

  /** Revokes; with an owner only that owner's own. Throws NOT_FOUND. */
  async delete(id: string, ownerId?: string): Promise<void> {
    let query = this.#db.deleteFrom("api_token").where("id", "=", id);
    if (ownerId !== undefined) query = query.where("user_id", "=", ownerId);
    const { numDeletedRows } = await query.executeTakeFirstOrThrow();
    if (numDeletedRows === 0n) throw new MusterError("NOT_FOUND");
    this.#events.tell({ is: "token-revoked", tokenId: id });
  }
}
