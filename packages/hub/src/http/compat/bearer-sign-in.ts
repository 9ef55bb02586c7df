import { ALL_RIGHTS, HOUR_MS, MusterError, roleHolds } from "@muster/core";
import type { Clock } from "@muster/core";
import { z } from "zod";
import type { ApiTokenStore } from "../../access/api-tokens.ts";
import type { AuditLog } from "../../access/audit-log.ts";
import type { SessionStore } from "../../access/sessions.ts";
import { actorName } from "../../commands/command-bus.ts";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { Caller } from "../doors.ts";
import type { Dialect } from "./compat-door.ts";
import type { RouteCall } from "./compat-handler.ts";

/**
 * A token cannot prove anew who holds it, so what needs a proof is open for all of its life; therefore that is short. A
 * client that shows a sign-in page asks for it again.
 */
const LIFE_MS = HOUR_MS;
const PER_USER_MAX = 20;

const nameIn = (dialect: Dialect): string => `sign-in at /compat/${dialect}`;
const NAME = /^sign-in at \/compat\/s\d$/;

/** What signing in brings, in the words of all those systems. */
export const credentials = z.object({ username: z.string().min(1).max(256), password: z.string().min(1).max(1_024) });

export interface BearerSignInDeps {
  readonly sessions: SessionStore;
  readonly tokens: ApiTokenStore;
  readonly bus: CommandBus;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

/** Who signed in, and the bearer that this client carries from now on. */
export interface SignedIn {
  readonly token: string;
  readonly user: { readonly id: string; readonly name: string; readonly role: "viewer" | "operator" | "admin" };
}

/** Signing in for clients that want a bearer and no cookie: an API token of ours, made by a session of a moment. */
export class BearerSignIn {
  readonly #deps: BearerSignInDeps;

  constructor(deps: BearerSignInDeps) {
    this.#deps = deps;
  }

  /** Throws WRONG_CREDENTIALS, RATE_LIMITED. */
  async signIn(
    call: RouteCall,
    dialect: Dialect,
    { username, password }: z.output<typeof credentials>,
  ): Promise<SignedIn> {
    const { sessions, tokens, bus, clock } = this.#deps;
    const id = await this.#session(call, username, password);
    const actor = await sessions.actor(id);
    if (!actor) throw new MusterError("UNAUTHENTICATED");
    try {
      const { user } = actor;
      await this.#endOldest(actor);
      const name = nameIn(dialect);
      const scopes = ALL_RIGHTS.filter((right) => roleHolds(user.role, right));
      const expiresAt = clock.now() + LIFE_MS;
      const change = { name: "token.create", right: "tokens.write", target: name, args: { expiresAt } } as const;
      const { secret } = await bus.change(actor, "http", change, () =>
        tokens.create(user, { name, scopes, expiresAt }),
      );
      return { token: secret, user };
    } finally {
      await sessions.end(actor.sessionId);
    }
  }

  /** Ends a token that signing in made. One that a person made stays: a script that signs out must not take it from others. */
  async signOut({ actor }: Caller): Promise<void> {
    const { tokens, audit } = this.#deps;
    if (actor.kind !== "token") return;
    const own = await tokens.list(actor.user.id);
    if (!own.some(({ id, name }) => id === actor.tokenId && NAME.test(name))) return;
    await audit.append({
      ...{ actor: actorName(actor), door: "http", action: "logout", target: actor.user.name, args: {} },
      ...{ decision: "succeeded", reason: "", cmd: null },
    });
    await tokens.delete(actor.tokenId, actor.user.id);
  }

  /** Signs in as anybody does, throttled and written down; answers the session's secret, which goes nowhere. */
  async #session(call: RouteCall, name: string, password: string): Promise<string> {
    let cookie = "";
    await call(
      "POST /api/v1/login",
      { body: { name, password } },
      { caller: undefined, setCookie: (value) => void (cookie = value) },
    );
    return /^[^=]+=([^;]*)/.exec(cookie)?.[1] ?? "";
  }

  /** Whoever signs in again and again does not fill the disk, nor use up the tokens that a person may make. */
  async #endOldest(actor: NonNullable<Awaited<ReturnType<SessionStore["actor"]>>>): Promise<void> {
    const { tokens, bus, clock } = this.#deps;
    const made = (await tokens.list(actor.user.id)).filter(({ name }) => NAME.test(name));
    const live = made.filter(({ expiresAt }) => expiresAt === null || expiresAt > clock.now());
    const kept = new Set(live.slice(0, PER_USER_MAX - 1).map(({ id }) => id));
    for (const { id, name } of made.filter((token) => !kept.has(token.id))) {
      const change = { name: "token.revoke", right: "tokens.write", target: name, args: { tokenId: id } } as const;
      await bus.change(actor, "http", change, () => tokens.delete(id, actor.user.id));
    }
  }
}
