import { isRight } from "@muster/core";
import type { Actor, Clock } from "@muster/core";
import type { Database } from "../state/database.ts";

/** Who asked, as it is kept beside what was asked: enough to find out what that one may do later. */
export type ActorRef =
  | { readonly kind: "console" }
  | { readonly kind: "session"; readonly userId: string }
  | { readonly kind: "chat"; readonly userId: string; readonly botId: string; readonly telegramId: number }
  | { readonly kind: "token"; readonly userId: string; readonly tokenId: string }
  /** What a task asks, its owner answers for. */
  | { readonly kind: "task"; readonly taskId: string; readonly taskName: string; readonly owner: OwnerRef };

/** Who can own a task: a person, or a token of one. */
export type OwnerRef = Extract<ActorRef, { readonly kind: "session" | "token" }>;

/** Who would own what this one writes: the person behind a chat too. Undefined for the console, which owns nothing. */
export function ownerRef(actor: Actor): OwnerRef | undefined {
  if (actor.kind === "console") return undefined;
  const userId = actor.user.id;
  const tokenId = actor.kind === "token" ? actor.tokenId : actor.kind === "task" ? actor.token?.id : undefined;
  return tokenId === undefined ? { kind: "session", userId } : { kind: "token", userId, tokenId };
}

export function actorRef(actor: Actor): ActorRef {
  const owner = ownerRef(actor);
  if (owner === undefined) return { kind: "console" };
  if (actor.kind === "task") return { kind: "task", taskId: actor.taskId, taskName: actor.taskName, owner };
  if (actor.kind !== "chat") return owner;
  return { kind: "chat", userId: owner.userId, botId: actor.botId, telegramId: actor.telegramId };
}

/**
 * The actor with the rights of this moment; undefined when there is none any more: deleted, disabled, the token revoked
 * or expired, the person of a chat unbound. A person's proof of identity was judged when the action was asked for and counts as given.
 */
export async function actorNow(ref: ActorRef, db: Database, clock: Clock): Promise<Actor | undefined> {
  if (ref.kind === "console") return { kind: "console" };
  if (ref.kind === "task") return taskActor(ref, await actorNow(ref.owner, db, clock));
  const now = clock.now();
  const user = await db
    .selectFrom("user")
    .select(["id", "name", "role", "enabled"])
    .where("id", "=", ref.userId)
    .executeTakeFirst();
  if (user === undefined || user.enabled === 0) return undefined;
  const { id, name, role } = user;
  if (ref.kind === "session") return { kind: "session", sessionId: "", user: { id, name, role }, provedAt: now };
  if (ref.kind === "chat") {
    const { botId, telegramId } = ref;
    const binding = await db
      .selectFrom("telegram_binding")
      .select("bound_at")
      .where("notifier_id", "=", botId)
      .where("telegram_id", "=", telegramId)
      .where("user_id", "=", id)
      .executeTakeFirst();
    return binding && { kind: "chat", botId, telegramId, user: { id, name, role }, provedAt: now };
  }
  const token = await db
    .selectFrom("api_token")
    .select(["name", "scopes", "expires_at"])
    .where("id", "=", ref.tokenId)
    .where("user_id", "=", ref.userId)
    .executeTakeFirst();
  if (token === undefined || (token.expires_at !== null && token.expires_at <= now)) return undefined;
  const scopes = (JSON.parse(token.scopes) as string[]).filter(isRight);
  return { kind: "token", tokenId: ref.tokenId, tokenName: token.name, user: { id, name, role }, scopes };
}

/** A task of this owner, as that one may act now; undefined where there is none any more. */
function taskActor(
  { taskId, taskName }: { readonly taskId: string; readonly taskName: string },
  owner: Actor | undefined,
): Actor | undefined {
  if (owner?.kind !== "session" && owner?.kind !== "token") return undefined;
  const token = owner.kind === "token" ? { id: owner.tokenId, scopes: owner.scopes } : null;
  return { kind: "task", taskId, taskName, user: owner.user, token };
}
