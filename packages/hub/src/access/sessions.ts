import type { Actor, Clock } from "@muster/core";
import { MINUTE_MS } from "@muster/core";
import { randomToken, sha256Hex } from "@muster/node-kit";
import type { Database } from "../state/database.ts";
import type { AccessEvents } from "./access-events.ts";

export type SessionActor = Extract<Actor, { kind: "session" }>;

export interface SessionLimits {
  readonly idleMs: number;
  readonly absoluteMs: number;
}

/** A session's id is 256 random bits that only the cookie holds; the database has its hash. */
const SESSION_ID_BYTES = 32;
const SESSION_ID = /^[A-Za-z0-9_-]{43}$/;

/** The token of unsafe requests: bound to the session by a hash, so nothing more has to be stored. */
export const csrfTokenOf = (sessionId: string): string => sha256Hex(`muster csrf ${sessionId}`);

/** Keeps server-side sessions. `sessionId` in actors is the hash, never the cookie's value. */
export class SessionStore {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #events: AccessEvents;
  readonly #limits: SessionLimits;

  constructor(
    deps: { readonly db: Database; readonly clock: Clock; readonly events: AccessEvents },
    limits: SessionLimits,
  ) {
    this.#db = deps.db;
    this.#clock = deps.clock;
    this.#events = deps.events;
    this.#limits = limits;
  }

  /** A new session; the returned value goes into the cookie and nowhere else. */
  async create(userId: string): Promise<string> {
    const id = randomToken(SESSION_ID_BYTES);
    const now = this.#clock.now();
    await this.#db
      .insertInto("session")
      .values({ id_hash: sha256Hex(id), user_id: userId, created_at: now, last_seen_at: now, proved_at: now })
      .execute();
    return id;
  }

  /** Who holds this cookie now, from live rows; undefined when the session ended, ran out or its user may not sign in. */
  async actor(cookie: string): Promise<SessionActor | undefined> {
    if (!SESSION_ID.test(cookie)) return undefined;
    // The last character of 43 carries four unused bits; a changed one must not pass for the same id.
    if (Buffer.from(cookie, "base64url").toString("base64url") !== cookie) return undefined;
    return this.actorByHash(sha256Hex(cookie), true);
  }

  /** As `actor`, for what already holds a session open; `touch` says whether this is use that keeps it from idling out. */
  async actorByHash(idHash: string, touch: boolean): Promise<SessionActor | undefined> {
    const row = await this.#db
      .selectFrom("session")
      .innerJoin("user", "user.id", "session.user_id")
      .select([
        "session.created_at",
        "session.last_seen_at",
        "session.proved_at",
        "user.id",
        "user.name",
        "user.role",
        "user.enabled",
      ])
      .where("session.id_hash", "=", idHash)
      .executeTakeFirst();
    if (!row) return undefined;
    const now = this.#clock.now();
    if (
      row.enabled === 0 ||
      now - row.created_at >= this.#limits.absoluteMs ||
      now - row.last_seen_at >= this.#limits.idleMs
    ) {
      await this.end(idHash);
      return undefined;
    }
    if (touch && now - row.last_seen_at >= MINUTE_MS) {
      await this.#db.updateTable("session").set({ last_seen_at: now }).where("id_hash", "=", idHash).execute();
    }
    return {
      kind: "session",
      sessionId: idHash,
      user: { id: row.id, name: row.name, role: row.role },
      provedAt: row.proved_at,
    };
  }

  async end(idHash: string): Promise<void> {
    await this.#db.deleteFrom("session").where("id_hash", "=", idHash).execute();
    this.#events.tell({ is: "session-ended", sessionId: idHash });
  }

  /** Ends all sessions of a user but one. */
  async endOthers(userId: string, keptIdHash?: string): Promise<void> {
    const rows = await this.#db.selectFrom("session").select("id_hash").where("user_id", "=", userId).execute();
    for (const { id_hash } of rows) if (id_hash !== keptIdHash) await this.end(id_hash);
  }

  async endExpired(): Promise<void> {
    const now = this.#clock.now();
    const rows = await this.#db
      .selectFrom("session")
      .select("id_hash")
      .where((where) =>
        where.or([
          where("last_seen_at", "<=", now - this.#limits.idleMs),
          where("created_at", "<=", now - this.#limits.absoluteMs),
        ]),
      )
      .execute();
    for (const { id_hash } of rows) await this.end(id_hash);
  }
}
