import { isRight } from "@muster/core";
import type { Actor, Clock } from "@muster/core";
import type { Database } from "../state/database.ts";

/** Who asked, as it is kept beside what was asked: enough to find out what that one may do later. */
export type ActorRef =
  | { readonly kind: "console" }
  | { readonly kind: "session"; readonly userId: string }
  | { readonly kind: "chat"; readonly userId: string; readonly botId: string; readonly telegramId: number }
  | { readonly kind: "token"; readonly userId: string; readonly tokenId: string };

export function actorRef(actor: Actor): ActorRef {
  if (actor.kind === "console") return { kind: "console" };
  const userId = actor.user.id;
  if (actor.kind === "token") return { kind: "token", userId, tokenId: actor.tokenId };
  if (actor.kind === "chat") return { kind: "chat", userId, botId: actor.botId, telegramId: actor.telegramId };
  return { kind: "session", userId };
}

/**
 * The actor with the rights of this moment; undefined when there is none any more: deleted, disabled, the token revoked
 * or expired, the person of a chat unbound. A person's proof of identity was judged when the action was asked for and counts as given.
 */
export async function actorNow(ref: ActorRef, db: Database, clock: Clock): Promise<Actor | undefined> {
  if (ref.kind === "console") return { kind: "console" };
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
