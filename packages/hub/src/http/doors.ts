import type { IncomingMessage } from "node:http";
import { authorize, MusterError } from "@muster/core";
import type { Actor, Clock, Right } from "@muster/core";
import { equalBytes } from "@muster/node-kit";
import type { Permission } from "@muster/protocol";
import type { ApiTokenStore } from "../access/api-tokens.ts";
import type { SessionStore } from "../access/sessions.ts";
import { csrfTokenOf } from "../access/sessions.ts";
import type { Origins } from "./origins.ts";

export interface DoorDeps {
  readonly sessions: SessionStore;
  readonly tokens: ApiTokenStore;
  readonly origins: Origins;
  readonly clock: Clock;
}

/** Who asks, and for a session the cookie's value, from which the request token is made. */
export interface Caller {
  readonly actor: Exclude<Actor, { kind: "console" | "chat" }>;
  readonly cookie: string | undefined;
}

/** How the word before a token may be written: our own clients write it one way, those of other systems in any case. */
export type BearerScheme = "exact" | "any-case";

const BEARER: Readonly<Record<BearerScheme, RegExp>> = {
  exact: /^Bearer (\S{1,200})$/,
  "any-case": /^Bearer (\S{1,200})$/i,
};

/** The token of an Authorization header; undefined when it has none. */
export const bearerOf = (header: string | undefined, scheme: BearerScheme = "exact"): string | undefined =>
  BEARER[scheme].exec(header ?? "")?.[1];

/** Over plain HTTP a browser refuses the __Host- prefix. */
export const cookieName = (isSecure: boolean): string => (isSecure ? "__Host-muster" : "muster");

export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(";") ?? []) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** The Set-Cookie value that carries a session, or with an empty id ends it. */
export function sessionCookie(isSecure: boolean, id: string, maxAgeMs: number): string {
  const attributes = `Path=/; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
  return `${cookieName(isSecure)}=${id}; ${attributes}; Max-Age=${id === "" ? 0 : Math.floor(maxAgeMs / 1_000)}`;
}

const SAFE_METHODS = new Set(["GET", "HEAD"]);

/** The checks in front of every route, in one place, so that no route can forget one. */
export class Doors {
  readonly #deps: DoorDeps;

  constructor(deps: DoorDeps) {
    this.#deps = deps;
  }

  /** Throws WRONG_HOST. */
  checkHost(request: IncomingMessage): void {
    if (!this.#deps.origins.isOwnHost(request.headers.host)) throw new MusterError("WRONG_HOST");
  }

  /** Who asks by cookie or bearer token; undefined when by neither. Throws TWO_CREDENTIALS, UNAUTHENTICATED. */
  async caller(request: IncomingMessage, scheme: BearerScheme = "exact"): Promise<Caller | undefined> {
    const { authorization } = request.headers;
    const cookie = readCookie(request.headers.cookie, cookieName(this.#deps.origins.isSecure));
    if (authorization !== undefined) {
      if (cookie !== undefined) throw new MusterError("TWO_CREDENTIALS");
      const token = bearerOf(authorization, scheme);
      const actor = token === undefined ? undefined : await this.#deps.tokens.actor(token);
      if (!actor) throw new MusterError("UNAUTHENTICATED");
      return { actor, cookie: undefined };
    }
    if (cookie === undefined) return undefined;
    const actor = await this.#deps.sessions.actor(cookie);
    return actor && { actor, cookie };
  }

  /**
   * An unsafe request must come from the panel's own pages and carry its session's token. A bearer token is no ambient
   * credential, so it needs neither. Public unsafe routes (sign-in) are checked for their Origin when a browser sends one.
   * Throws WRONG_ORIGIN, CSRF_TOKEN_WRONG.
   */
  checkCrossSite(request: IncomingMessage, caller: Caller | undefined, permission: Permission): void {
    if (SAFE_METHODS.has(request.method ?? "")) return;
    const { headers } = request;
    if (caller?.actor.kind === "token") return;
    if (caller === undefined && headers.origin === undefined && headers["sec-fetch-site"] === undefined) return;
    const problem = this.#deps.origins.crossSiteProblem(headers);
    if (problem !== undefined) throw new MusterError("WRONG_ORIGIN");
    // Signing in must work beside a session whose token the page does not have.
    if (
      permission !== "public" &&
      caller?.cookie !== undefined &&
      !isCsrfTokenRight(headers["x-muster-csrf"], caller.cookie)
    )
      throw new MusterError("CSRF_TOKEN_WRONG");
  }

  /** Throws UNAUTHENTICATED, FORBIDDEN, STEP_UP_NEEDED. */
  checkPermission(permission: Permission, caller: Caller | undefined): void {
    if (permission === "public" || permission === "own-token") return;
    if (caller === undefined) throw new MusterError("UNAUTHENTICATED");
    if (permission === "signed-in") return;
    this.checkRight(permission, caller.actor);
  }

  /** Throws FORBIDDEN, STEP_UP_NEEDED. */
  checkRight(right: Right, actor: Actor): void {
    const verdict = authorize(actor, right, this.#deps.clock.now());
    if (!verdict.allow) throw new MusterError(verdict.why === "step-up" ? "STEP_UP_NEEDED" : "FORBIDDEN");
  }
}

export const isCsrfTokenRight = (presented: string | readonly string[] | undefined, cookie: string): boolean =>
  typeof presented === "string" && equalBytes(Buffer.from(presented), Buffer.from(csrfTokenOf(cookie)));
