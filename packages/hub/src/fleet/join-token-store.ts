import { MINUTE_MS, MusterError } from "@muster/core";
import type { Clock, Instant } from "@muster/core";
import { randomBytes } from "node:crypto";
import { randomHex, seal, sha256, unseal } from "@muster/node-kit";
import { formatJoinToken } from "@muster/protocol";
import type { Database } from "../state/database.ts";

export interface JoinTokenView {
  readonly id: string;
  readonly name: string | null;
  readonly tags: string[];
  readonly usesLeft: number;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly expiresAt: Instant;
  readonly joined: { serverId: string; name: string; at: Instant }[];
}

export interface JoinTokenRequest {
  /** The name the one server gets that uses it; null: it brings its own and waits for approval. */
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly uses: number;
  readonly lifetimeMinutes: number;
  readonly createdBy: string;
}

/** What enrollment needs to check a proof. */
export interface JoinTokenKey {
  readonly id: string;
  readonly name: string | null;
  readonly tags: readonly string[];
  /** The one server whose agent may join with it; null: it makes a server. */
  readonly serverId: string | null;
  /** SHA-256 of the secret: the HMAC key. */
  readonly macKey: Uint8Array;
}

/** The name that the audit log knows it by, where a server comes in with it. */
export const joinTokenActor = ({ id, name }: Pick<JoinTokenKey, "id" | "name">): string =>
  name === null ? `join token ${id}` : `join token "${name}" ${id}`;

const SECRET_BYTES = 20;
const place = (id: string): string => `join_token ${id} secret`;

/** Takes one use of a join token, as part of a transaction; false when there is none left. */
export async function spendJoinToken(transaction: Database, tokenId: string, now: Instant): Promise<boolean> {
  const spent = await transaction
    .updateTable("join_token")
    .set((set) => ({ uses_left: set("uses_left", "-", 1) }))
    .where("id", "=", tokenId)
    .where("uses_left", ">", 0)
    .where("expires_at", ">", now)
    .executeTakeFirstOrThrow();
  return spent.numUpdatedRows > 0n;
}

/** Which server came in with it, as part of the transaction that makes the server. */
export async function noteJoinTokenUse(
  transaction: Database,
  tokenId: string,
  serverId: string,
  at: Instant,
): Promise<void> {
  await transaction.insertInto("join_token_use").values({ token_id: tokenId, server_id: serverId, at }).execute();
}

/** Keeps join tokens. What could stand for a secret is sealed with the KEK and deleted at expiry. */
export class JoinTokenStore {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #kek: Uint8Array;
  readonly #pin: string;

  constructor(deps: {
    readonly db: Database;
    readonly clock: Clock;
    readonly kek: Uint8Array;
    readonly rootHash: string;
  }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
    this.#kek = deps.kek;
    this.#pin = deps.rootHash.slice(0, 32);
  }

  /** The token's text is in this answer and nowhere else. Throws BAD_REQUEST when a named token has several uses. */
  async create(request: JoinTokenRequest): Promise<{ readonly view: JoinTokenView; readonly token: string }> {
    if (request.name !== null && request.uses !== 1) {
      throw new MusterError("BAD_REQUEST", { fields: { "body.uses": "must be 1 for a token that gives a name" } });
    }
    const { id, token } = await this.#mint(this.#db, request, null);
    return { view: (await this.byId(id))!, token };
  }

  /**
   * The token for the agent of a server that is there already and that the hub dials; what was made for it before ends. Part
   * of a transaction. The text is in this answer and nowhere else.
   */
  async bind(
    transaction: Database,
    serverId: string,
    request: Pick<JoinTokenRequest, "name" | "lifetimeMinutes" | "createdBy">,
  ): Promise<string> {
    await transaction.deleteFrom("join_token").where("server_id", "=", serverId).execute();
    return (await this.#mint(transaction, { ...request, tags: [], uses: 1 }, serverId)).token;
  }

  /** As `bind`, by itself. */
  rebind(serverId: string, request: Pick<JoinTokenRequest, "name" | "lifetimeMinutes" | "createdBy">): Promise<string> {
    return this.#db.transaction().execute((transaction) => this.bind(transaction, serverId, request));
  }

  /** Ends what was made for the agent of a server. */
  async unbind(serverId: string): Promise<void> {
    await this.#db.deleteFrom("join_token").where("server_id", "=", serverId).execute();
  }

  async #mint(
    db: Database,
    request: JoinTokenRequest,
    serverId: string | null,
  ): Promise<{ readonly id: string; readonly token: string }> {
    const now = this.#clock.now();
    const id = randomHex(5);
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    const row = {
      id,
      name: request.name,
      tags: JSON.stringify(request.tags),
      secret_sealed: seal(this.#kek, sha256(secret), place(id)),
      uses_left: request.uses,
      created_at: now,
      created_by: request.createdBy,
      expires_at: now + request.lifetimeMinutes * MINUTE_MS,
      server_id: serverId,
    };
    await db.insertInto("join_token").values(row).execute();
    return { id, token: formatJoinToken({ id, secret, pin: this.#pin }) };
  }

  async byId(id: string): Promise<JoinTokenView | undefined> {
    return (await this.#views(id))[0];
  }

  async list(): Promise<readonly JoinTokenView[]> {
    return this.#views();
  }

  async #views(id?: string): Promise<readonly JoinTokenView[]> {
    let query = this.#db
      .selectFrom("join_token")
      .selectAll()
      .where("expires_at", ">", this.#clock.now())
      .orderBy("created_at", "desc");
    if (id !== undefined) query = query.where("id", "=", id);
    const uses = await this.#db
      .selectFrom("join_token_use")
      .innerJoin("server", "server.id", "join_token_use.server_id")
      .select(["token_id", "server_id", "server.name", "at"])
      .execute();
    return (await query.execute()).map((row) => ({
      id: row.id,
      name: row.name,
      tags: JSON.parse(row.tags) as string[],
      usesLeft: row.uses_left,
      createdAt: row.created_at,
      createdBy: row.created_by,
      expiresAt: row.expires_at,
      joined: uses
        .filter((use) => use.token_id === row.id)
        .map((use) => ({ serverId: use.server_id, name: use.name, at: use.at })),
    }));
  }

  /** The key of a token that is still good; undefined for any other. */
  async key(id: string): Promise<JoinTokenKey | undefined> {
    const row = await this.#db.selectFrom("join_token").selectAll().where("id", "=", id).executeTakeFirst();
    if (!row || row.uses_left === 0 || row.expires_at <= this.#clock.now()) return undefined;
    const macKey = unseal(this.#kek, row.secret_sealed, place(id));
    return macKey && { id, name: row.name, tags: JSON.parse(row.tags) as string[], serverId: row.server_id, macKey };
  }

  /** Throws NOT_FOUND. */
  async delete(id: string): Promise<void> {
    const { numDeletedRows } = await this.#db.deleteFrom("join_token").where("id", "=", id).executeTakeFirstOrThrow();
    if (numDeletedRows === 0n) throw new MusterError("NOT_FOUND");
    await this.#db.deleteFrom("join_token_use").where("token_id", "=", id).execute();
  }

  async deleteExpired(): Promise<void> {
    await this.#db.deleteFrom("join_token").where("expires_at", "<=", this.#clock.now()).execute();
  }
}
