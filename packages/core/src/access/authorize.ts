import type { Instant } from "../time.ts";

export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/**
 * What a door may ask for. Each names an object and a verb; the table below says which role holds it. Dangerous rights
 * need a proof of identity that is at most `STEP_UP_MS` old when a person asks in a session.
 */
export const RIGHTS = {
  "self.read": { least: "viewer", class: "read" },
  "self.write": { least: "viewer", class: "normal" },
  "servers.read": { least: "viewer", class: "read" },
  "servers.write": { least: "admin", class: "normal" },
  "servers.delete": { least: "admin", class: "normal" },
  /** Puts the agent on a server and takes it away, as its root. */
  "agents.write": { least: "admin", class: "dangerous" },
  "metrics.read": { least: "viewer", class: "read" },
  "processes.read": { least: "viewer", class: "read" },
  "services.read": { least: "viewer", class: "read" },
  "probes.read": { least: "viewer", class: "read" },
  /** Looks once more, at what somebody set up. */
  "probes.run": { least: "operator", class: "normal" },
  /** Lets the hub reach what a probe names. */
  "probes.write": { least: "admin", class: "normal" },
  "incidents.read": { least: "viewer", class: "read" },
  /** Acknowledges, puts off and silences. */
  "incidents.write": { least: "operator", class: "normal" },
  "rules.read": { least: "viewer", class: "read" },
  "rules.write": { least: "admin", class: "normal" },
  /** They say where people can be reached. */
  "notifiers.read": { least: "admin", class: "read" },
  /** Lets the hub reach what a notifier names. */
  "notifiers.write": { least: "admin", class: "normal" },
  "status-pages.read": { least: "viewer", class: "read" },
  /** Shows things of the fleet to everybody. */
  "status-pages.write": { least: "admin", class: "normal" },
  "logs.read": { least: "operator", class: "read" },
  "actions.read": { least: "operator", class: "read" },
  "actions.normal": { least: "operator", class: "normal" },
  "actions.dangerous": { least: "operator", class: "dangerous" },
  "tasks.read": { least: "viewer", class: "read" },
  /** Plans and asks for what somebody may do besides; the right to that is asked for as well. */
  "tasks.write": { least: "operator", class: "normal" },
  "rollouts.read": { least: "viewer", class: "read" },
  /** Plans, and starts what somebody may do besides; the right to that is asked for as well. */
  "rollouts.write": { least: "operator", class: "normal" },
  /** Lets what somebody else has planned be done. */
  "rollouts.approve": { least: "operator", class: "dangerous" },
  "join-tokens.read": { least: "admin", class: "read" },
  "join-tokens.write": { least: "admin", class: "normal" },
  "ssh-keys.read": { least: "admin", class: "read" },
  /** Makes, takes in and deletes keys, and puts one in another's place: in links of servers and their `authorized_keys`. */
  "ssh-keys.write": { least: "admin", class: "dangerous" },
  "users.read": { least: "admin", class: "read" },
  "users.write": { least: "admin", class: "dangerous" },
  "tokens.read": { least: "viewer", class: "read" },
  "tokens.write": { least: "viewer", class: "dangerous" },
  "audit.read": { least: "admin", class: "read" },
  "hub.read": { least: "viewer", class: "read" },
  "hub.write": { least: "admin", class: "normal" },
} as const satisfies Record<string, { readonly least: Role; readonly class: "read" | "normal" | "dangerous" }>;

export type Right = keyof typeof RIGHTS;
export const ALL_RIGHTS = Object.keys(RIGHTS) as readonly Right[];
export const isRight = (text: string): text is Right => Object.hasOwn(RIGHTS, text);

/** How old a proof of identity may be for a dangerous right. */
export const STEP_UP_MS = 5 * 60_000;

/** How old the press of a confirming button may be: it proves one thing, done at once. */
export const CHAT_PROOF_MS = 60_000;

/** Who asks. Built from live rows at each request, never cached in a socket. */
export type Actor =
  | { readonly kind: "session"; readonly sessionId: string; readonly user: ActorUser; readonly provedAt: Instant }
  | {
      readonly kind: "token";
      readonly tokenId: string;
      readonly tokenName: string;
      readonly user: ActorUser;
      readonly scopes: readonly Right[];
    }
  /** A person in a chat with a bot, known by a number that was bound to the user; `provedAt`: when that one confirmed by a button. */
  | {
      readonly kind: "chat";
      readonly botId: string;
      readonly telegramId: number;
      readonly user: ActorUser;
      readonly provedAt: Instant | null;
    }
  /**
   * A task, with the rights that its owner has now: those of a user, or of a token of one. That it was the owner who asked was
   * proven when the task was written.
   */
  | {
      readonly kind: "task";
      readonly taskId: string;
      readonly taskName: string;
      readonly user: ActorUser;
      readonly token: { readonly id: string; readonly scopes: readonly Right[] } | null;
    }
  | { readonly kind: "console" };

export interface ActorUser {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

export type Verdict = { readonly allow: true } | { readonly allow: false; readonly why: "role" | "scope" | "step-up" };

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

export const roleHolds = (role: Role, right: Right): boolean => RANK[role] >= RANK[RIGHTS[right].least];
export const isRoleAtLeast = (role: Role, least: Role): boolean => RANK[role] >= RANK[least];

/**
 * The one decision about rights. A token never holds more than its creator holds now. The console is who can read the
 * hub's own data directory: it is root of the hub already.
 */
export function authorize(actor: Actor, right: Right, now: Instant): Verdict {
  if (actor.kind === "console") return { allow: true };
  if (!roleHolds(actor.user.role, right)) return { allow: false, why: "role" };
  const scopes = actor.kind === "token" ? actor.scopes : actor.kind === "task" ? actor.token?.scopes : undefined;
  if (scopes !== undefined && !scopes.includes(right)) return { allow: false, why: "scope" };
  if (actor.kind === "token" || actor.kind === "task") return { allow: true };
  if (RIGHTS[right].class !== "dangerous") return { allow: true };
  const proofMs = actor.kind === "chat" ? CHAT_PROOF_MS : STEP_UP_MS;
  if (actor.provedAt === null || now - actor.provedAt > proofMs) return { allow: false, why: "step-up" };
  return { allow: true };
}
