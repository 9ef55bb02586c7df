import { ALL_RIGHTS, DAY_MS, MusterError, roleHolds } from "@muster/core";
import type { Actor, Clock, Role } from "@muster/core";
import type { Me, RouteName } from "@muster/protocol";
import type { ApiTokenStore } from "../../access/api-tokens.ts";
import type { AuditLog } from "../../access/audit-log.ts";
import type { LoginGuard } from "../../access/login-guard.ts";
import { csrfTokenOf } from "../../access/sessions.ts";
import type { SessionStore } from "../../access/sessions.ts";
import type { SetupCode } from "../../access/setup-code.ts";
import type { UserStore, UserView } from "../../access/users.ts";
import type { CommandBus } from "../../commands/command-bus.ts";
import { sessionCookie } from "../doors.ts";
import type { Caller } from "../doors.ts";
import { callerOf } from "../handler.ts";
import type { Handlers } from "../handler.ts";

export interface AccessRouteDeps {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly tokens: ApiTokenStore;
  readonly guard: LoginGuard;
  readonly setup: SetupCode;
  readonly audit: AuditLog;
  readonly bus: CommandBus;
  readonly clock: Clock;
  readonly isSecure: boolean;
  readonly sessionAbsoluteMs: number;
  readonly version: string;
  readonly warnings: () => string[];
}

/** Whoever tried to sign in and could not: nobody knows whose try it was. */
const STRANGER = "stranger";

type AccessRoutes = Pick<
  Handlers,
  Extract<
    RouteName,
    | `${string} /api/v1/${"setup" | "login" | "logout" | "users" | "tokens"}${string}`
    | `${string} /api/v1/me`
    | `${string} /api/v1/me/${"prove" | "password"}`
  >
>;

export function accessRoutes(deps: AccessRouteDeps): AccessRoutes {
  const { users, sessions, tokens, guard, setup, audit, bus, clock } = deps;

  const meOf = async (caller: Caller): Promise<Me> => {
    const { actor, cookie } = caller;
    const rights = ALL_RIGHTS.filter(
      (right) => roleHolds(actor.user.role, right) && (actor.kind !== "token" || actor.scopes.includes(right)),
    );
    return {
      user: actor.user,
      csrfToken: cookie === undefined ? null : csrfTokenOf(cookie),
      rights,
      provedAt: actor.kind === "session" ? actor.provedAt : null,
      hub: { version: deps.version, now: clock.now(), warnings: rights.includes("users.read") ? deps.warnings() : [] },
    };
  };
  const openSession = async (user: UserView, setCookie: (value: string) => void): Promise<Me> => {
    const cookie = await sessions.create(user.id);
    setCookie(sessionCookie(deps.isSecure, cookie, deps.sessionAbsoluteMs));
    const actor = await sessions.actor(cookie);
    if (!actor) throw new MusterError("UNAUTHENTICATED");
    return meOf({ actor, cookie });
  };
  /** A sign-in, a proof or a set-up, whether it went well or not. */
  const noteSignIn = (
    action: string,
    name: string,
    address: string,
    refused?: { readonly actor: string; readonly why: string },
  ): Promise<unknown> =>
    audit.append({
      actor: refused?.actor ?? name,
      door: "http",
      action,
      target: name,
      args: { address },
      decision: refused === undefined ? "succeeded" : "refused",
      reason: refused?.why ?? "",
      cmd: null,
    });
  /** The own password again. Throws WRONG_CREDENTIALS, after writing down that somebody tried. */
  const proveSelf = async (
    action: string,
    name: string,
    id: string,
    password: string,
    address: string,
  ): Promise<UserView> => {
    const user = await guard.authenticate(name, password, address);
    if (user?.id === id) return user;
    await noteSignIn(action, name, address, { actor: name, why: "wrong password" });
    throw new MusterError("WRONG_CREDENTIALS");
  };
  const sessionOf = (
    caller: Caller,
  ): { readonly actor: Extract<Caller["actor"], { kind: "session" }>; readonly cookie: string } => {
    if (caller.actor.kind !== "session" || caller.cookie === undefined)
      throw new MusterError("FORBIDDEN", { message: "Only a signed-in person can do this, not a token." });
    return { actor: caller.actor, cookie: caller.cookie };
  };

  return {
    "GET /api/v1/setup": async () => ({ needed: await users.isEmpty() }),

    "POST /api/v1/setup": async ({ body, address, setCookie }) => {
      await guard.checkAddress(address);
      if (!(await users.isEmpty())) throw new MusterError("SETUP_DONE");
      if (!setup.fits(body.code)) {
        await noteSignIn("user.create-first", body.name, address, { actor: STRANGER, why: "wrong code" });
        throw new MusterError("SETUP_CODE_WRONG");
      }
      const user = await users.createFirstAdmin(body);
      setup.spend();
      await noteSignIn("user.create-first", user.name, address);
      await users.noteLogin(user.id);
      return openSession(user, setCookie);
    },

    "POST /api/v1/login": async ({ body, address, setCookie, caller }) => {
      const user = await guard.authenticate(body.name, body.password, address);
      if (!user) {
        await noteSignIn("login", body.name, address, { actor: STRANGER, why: "wrong name or password" });
        throw new MusterError("WRONG_CREDENTIALS");
      }
      await noteSignIn("login", user.name, address);
      // A session that was there before the sign-in must not live on under the new rights.
      if (caller?.actor.kind === "session") await sessions.end(caller.actor.sessionId);
      await users.noteLogin(user.id);
      return openSession(user, setCookie);
    },

    "POST /api/v1/logout": async (context) => {
      const { actor } = sessionOf(callerOf(context));
      await sessions.end(actor.sessionId);
      await audit.append({
        actor: actor.user.name,
        door: "http",
        action: "logout",
        target: actor.user.name,
        args: {},
        decision: "succeeded",
        reason: "",
        cmd: null,
      });
      context.setCookie(sessionCookie(deps.isSecure, "", 0));
      return null;
    },

    "GET /api/v1/me": async (context) => meOf(callerOf(context)),

    "POST /api/v1/me/prove": async (context) => {
      const { actor } = sessionOf(callerOf(context));
      const { id, name } = actor.user;
      const user = await proveSelf("user.prove", name, id, context.body.password, context.address);
      await noteSignIn("user.prove", name, context.address);
      await sessions.end(actor.sessionId);
      return openSession(user, context.setCookie);
    },

    "POST /api/v1/me/password": async (context) => {
      const { actor } = sessionOf(callerOf(context));
      const { id, name } = actor.user;
      const user = await proveSelf("user.change-own-password", name, id, context.body.current, context.address);
      await bus.change(
        actor,
        "http",
        { name: "user.change-own-password", right: "self.write", target: user.name, args: {} },
        async () => {
          await users.change(user.id, { password: context.body.next });
        },
      );
      return openSession(user, context.setCookie);
    },

    "GET /api/v1/users": async () => ({ items: [...(await users.list())] }),

    "POST /api/v1/users": async (context) => {
      const { actor } = callerOf(context);
      const { name, role } = context.body;
      return bus.change(
        actor,
        "http",
        { name: "user.create", right: "users.write", target: name, args: { role } },
        async () => {
          checkGrant(actor, role);
          return users.create(context.body);
        },
      );
    },

    "PATCH /api/v1/users/{id}": async (context) => {
      const { actor } = callerOf(context);
      const before = await users.byId(context.params.id);
      if (!before) throw new MusterError("NOT_FOUND");
      const { password, ...shown } = context.body;
      const args = { ...shown, ...(password === undefined ? {} : { password: "changed" }) };
      return bus.change(
        actor,
        "http",
        { name: "user.change", right: "users.write", target: before.name, args },
        async () => {
          checkGrant(actor, before.role);
          if (shown.role !== undefined) checkGrant(actor, shown.role);
          return users.change(before.id, context.body);
        },
      );
    },

    "DELETE /api/v1/users/{id}": async (context) => {
      const { actor } = callerOf(context);
      const before = await users.byId(context.params.id);
      if (!before) throw new MusterError("NOT_FOUND");
      await bus.change(
        actor,
        "http",
        { name: "user.delete", right: "users.write", target: before.name, args: {} },
        async () => {
          checkGrant(actor, before.role);
          await users.delete(before.id);
        },
      );
      return null;
    },

    "GET /api/v1/tokens": async (context) => {
      const { user } = callerOf(context).actor;
      return { items: [...(await tokens.list(user.role === "admin" ? undefined : user.id))] };
    },

    "POST /api/v1/tokens": async (context) => {
      const { actor } = callerOf(context);
      const { name, scopes, expiresInDays } = context.body;
      // A token that could make tokens would outlive its own expiry.
      if (actor.kind === "token") throw new MusterError("FORBIDDEN", { message: "A token cannot make tokens." });
      const expiresAt =
        expiresInDays === undefined || expiresInDays === null ? null : clock.now() + expiresInDays * DAY_MS;
      return bus.change(
        actor,
        "http",
        { name: "token.create", right: "tokens.write", target: name, args: { scopes, expiresAt } },
        () => tokens.create(actor.user, { name, scopes, expiresAt }),
      );
    },

    "DELETE /api/v1/tokens/{id}": async (context) => {
      const { actor } = callerOf(context);
      const { id } = context.params;
      const ownerId = actor.user.role === "admin" ? undefined : actor.user.id;
      const target = (await tokens.nameOf(id, ownerId)) ?? id;
      const change = { name: "token.revoke", right: "tokens.write", target, args: { tokenId: id } } as const;
      await bus.change(actor, "http", change, () => tokens.delete(id, ownerId));
      return null;
    },
  };
}

/**
 * Whoever can set somebody's password can be that somebody. So a token only touches users whose role holds nothing
 * that the token lacks; else one with `users.write` alone would be as good as all rights. Throws FORBIDDEN.
 */
function checkGrant(actor: Actor, role: Role): void {
  if (actor.kind !== "token") return;
  const beyond = ALL_RIGHTS.find((right) => roleHolds(role, right) && !actor.scopes.includes(right));
  if (beyond !== undefined)
    throw new MusterError("FORBIDDEN", {
      message: `This token does not hold ${beyond}, which the role ${role} has, so it cannot make or change such a user.`,
    });
}
