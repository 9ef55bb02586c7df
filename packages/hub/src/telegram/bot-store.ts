import { DAY_MS, MINUTE_MS, MusterError } from "@muster/core";
import type { Actor, ActorUser, Clock, Instant } from "@muster/core";
import { randomToken } from "@muster/node-kit";
import type { Database } from "../state/database.ts";
import type { TelegramUpdateRow } from "../state/schema.ts";
import { sealText, unsealText } from "../state/sealed-text.ts";
import type { Update } from "./telegram-update.ts";

export interface Binding {
  readonly botId: string;
  readonly telegramId: number;
  readonly name: string;
  readonly boundAt: Instant;
}

/** Buttons under a message, of which one may be pressed, once. What they order is text of whoever made them. */
export interface Buttons {
  readonly botId: string;
  readonly chatId: number;
  /** Who may press. */
  readonly telegramId: number;
  readonly orders: readonly string[];
  readonly lifetimeMs: number;
}

/** Why a press counts for nothing. */
export type PressRefusal = "unknown" | "of-somebody-else" | "too-late" | "used";

/** Telegram keeps updates for a day: what was taken in longer ago never comes again. */
const UPDATES_KEPT_MS = 2 * DAY_MS;
const UPDATES_KEPT_MAX = 50_000;
const BUTTONS_KEPT_MS = DAY_MS;
/** After a week without any, the numbers of updates begin anywhere. */
const OFFSET_KEPT_MS = 6 * DAY_MS;
/** What the hub's end interrupted is told of for so long. */
const INTERRUPTED_MS = 60 * MINUTE_MS;
const BUTTONS_ID_BYTES = 16;
const WEBHOOK_SECRET_BYTES = 32;

const place = (botId: string): string => `telegram bot ${botId} webhook`;

/** What bots must not forget: whom they know, which updates were taken in, which buttons wait. A bot's id is its notifier's. */
export class BotStore {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #kek: Uint8Array;

  constructor(deps: { readonly db: Database; readonly clock: Clock; readonly kek: Uint8Array }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
    this.#kek = deps.kek;
  }

  /** Makes sure that a bot is known. `account` is its number at Telegram: another one begins with nothing taken in. */
  async open(botId: string, account: string): Promise<void> {
    const fresh = { account, next_update: null, heard_at: this.#clock.now(), webhook_sealed: null };
    await this.#db.transaction().execute(async (db) => {
      const known = await db
        .selectFrom("telegram_bot")
        .select("account")
        .where("notifier_id", "=", botId)
        .executeTakeFirst();
      if (known?.account === account) return;
      await db.deleteFrom("telegram_update").where("notifier_id", "=", botId).execute();
      await db
        .insertInto("telegram_bot")
        .values({ notifier_id: botId, ...fresh })
        .onConflict((conflict) => conflict.column("notifier_id").doUpdateSet(fresh))
        .execute();
    });
  }

  /** From which update on they are to be asked for; undefined: from whatever there is. */
  nextUpdate(botId: string): Promise<number | undefined> {
    return this.#nextUpdate(botId, this.#db);
  }

  async #nextUpdate(botId: string, db: Database): Promise<number | undefined> {
    const row = await db
      .selectFrom("telegram_bot")
      .select(["next_update", "heard_at"])
      .where("notifier_id", "=", botId)
      .executeTakeFirst();
    const isOld = row !== undefined && this.#clock.now() - row.heard_at > OFFSET_KEPT_MS;
    return isOld ? undefined : (row?.next_update ?? undefined);
  }

  /** Takes updates in: durable when it resolves with those that had not been taken in before, in their order. */
  async take(botId: string, updates: readonly Update[]): Promise<readonly Update[]> {
    const now = this.#clock.now();
    const ordered = [...updates].sort((one, other) => one.updateId - other.updateId);
    return this.#db.transaction().execute(async (db) => {
      const fresh: Update[] = [];
      for (const update of ordered) {
        const said = update.is === "none" ? undefined : update;
        const { numInsertedOrUpdatedRows } = await db
          .insertInto("telegram_update")
          .values({
            ...{ notifier_id: botId, update_id: update.updateId, taken_at: now },
            ...{ chat_id: said?.chat.id ?? null, telegram_id: said?.from.id ?? null },
            ...{ language: said?.from.language ?? "en", ended_at: said === undefined ? now : null },
          })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 1n) fresh.push(update);
      }
      const last = ordered.at(-1);
      if (last === undefined) return fresh;
      const next = Math.max(last.updateId + 1, (await this.#nextUpdate(botId, db)) ?? 0);
      await db
        .updateTable("telegram_bot")
        .set({ next_update: next, heard_at: now })
        .where("notifier_id", "=", botId)
        .execute();
      return fresh;
    });
  }

  /** All that was to come of an update has come. */
  async ended(botId: string, updateId: number): Promise<void> {
    await this.#db
      .updateTable("telegram_update")
      .set({ ended_at: this.#clock.now() })
      .where("notifier_id", "=", botId)
      .where("update_id", "=", updateId)
      .execute();
  }

  /** What the hub's last end interrupted, once: those of the last hour, by whom and where. */
  async interrupted(
    botId: string,
  ): Promise<readonly Pick<TelegramUpdateRow, "chat_id" | "telegram_id" | "language">[]> {
    const now = this.#clock.now();
    const rows = await this.#db
      .updateTable("telegram_update")
      .set({ ended_at: now })
      .where("notifier_id", "=", botId)
      .where("ended_at", "is", null)
      .returning(["chat_id", "telegram_id", "language", "taken_at"])
      .execute();
    return rows.filter(({ taken_at }) => now - taken_at <= INTERRUPTED_MS);
  }

  /** The secret of the webhook that was set; undefined where none was. Throws KEY_MISSING. */
  async webhookSecret(botId: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom("telegram_bot")
      .select("webhook_sealed")
      .where("notifier_id", "=", botId)
      .executeTakeFirst();
    if (row === undefined || row.webhook_sealed === null) return undefined;
    return unsealText(this.#kek, row.webhook_sealed, place(botId), "The secret of this webhook");
  }

  async makeWebhookSecret(botId: string): Promise<string> {
    const secret = randomToken(WEBHOOK_SECRET_BYTES);
    await this.#keepWebhook(botId, sealText(this.#kek, secret, place(botId)));
    return secret;
  }

  forgetWebhookSecret(botId: string): Promise<void> {
    return this.#keepWebhook(botId, null);
  }

  async #keepWebhook(botId: string, sealed: Uint8Array | null): Promise<void> {
    await this.#db
      .updateTable("telegram_bot")
      .set({ webhook_sealed: sealed })
      .where("notifier_id", "=", botId)
      .execute();
  }

  /** From now on a bot takes a person of Telegram for a user, and nobody else for that one. Throws NOT_FOUND for a user who may not sign in. */
  async bind(botId: string, person: { readonly id: number; readonly name: string }, userId: string): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      // Whoever was disabled a moment before is unbound already, and would come back bound.
      if ((await enabledUser(db, userId)) === undefined) throw new MusterError("NOT_FOUND");
      await db
        .deleteFrom("telegram_binding")
        .where("notifier_id", "=", botId)
        .where(({ or, eb }) => or([eb("telegram_id", "=", person.id), eb("user_id", "=", userId)]))
        .execute();
      await db
        .insertInto("telegram_binding")
        .values({
          ...{ notifier_id: botId, telegram_id: person.id, user_id: userId },
          ...{ name: person.name, bound_at: this.#clock.now() },
        })
        .execute();
    });
  }

  /** For whom a bot takes a person, with the rights of this moment; undefined: for nobody. */
  async actor(
    botId: string,
    telegramId: number,
    provedAt: Instant | null = null,
  ): Promise<Extract<Actor, { kind: "chat" }> | undefined> {
    const row = await this.#db
      .selectFrom("telegram_binding")
      .innerJoin("user", "user.id", "telegram_binding.user_id")
      .select(["user.id", "user.name", "user.role", "user.enabled"])
      .where("notifier_id", "=", botId)
      .where("telegram_id", "=", telegramId)
      .executeTakeFirst();
    if (row === undefined || row.enabled === 0) return undefined;
    return { kind: "chat", botId, telegramId, user: { id: row.id, name: row.name, role: row.role }, provedAt };
  }

  /** Whoever may sign in now. */
  user(userId: string): Promise<ActorUser | undefined> {
    return enabledUser(this.#db, userId);
  }

  async bindings(userId: string): Promise<readonly Binding[]> {
    const rows = await this.#db
      .selectFrom("telegram_binding")
      .selectAll()
      .where("user_id", "=", userId)
      .orderBy("bound_at")
      .execute();
    return rows.map(({ notifier_id, telegram_id, name, bound_at }) => ({
      ...{ botId: notifier_id, telegramId: telegram_id, name, boundAt: bound_at },
    }));
  }

  async unbind(userId: string): Promise<void> {
    await this.#db.deleteFrom("telegram_binding").where("user_id", "=", userId).execute();
  }

  /** Those of users who may not sign in any more; deleted ones took theirs with them. */
  async unbindDisabled(): Promise<void> {
    await this.#db
      .deleteFrom("telegram_binding")
      .where("user_id", "in", (db) => db.selectFrom("user").select("id").where("enabled", "=", 0))
      .execute();
  }

  /** Keeps buttons; gives their id, which nobody can guess. */
  async addButtons({ botId, chatId, telegramId, orders, lifetimeMs }: Buttons): Promise<string> {
    const id = randomToken(BUTTONS_ID_BYTES);
    await this.#db
      .insertInto("telegram_buttons")
      .values({
        ...{ id, notifier_id: botId, chat_id: chatId, telegram_id: telegramId, orders: JSON.stringify(orders) },
        ...{ expires_at: this.#clock.now() + lifetimeMs, used_at: null },
      })
      .execute();
    return id;
  }

  /** What a button orders: all buttons with this id are spent with that, by whoever comes first. */
  async press(
    id: string,
    index: number,
    by: Pick<Buttons, "botId" | "chatId" | "telegramId">,
  ): Promise<{ readonly order: string } | PressRefusal> {
    const now = this.#clock.now();
    const row = await this.#db
      .updateTable("telegram_buttons")
      .set({ used_at: now })
      .where("id", "=", id)
      .where("notifier_id", "=", by.botId)
      .where("chat_id", "=", by.chatId)
      .where("telegram_id", "=", by.telegramId)
      .where("expires_at", ">", now)
      .where("used_at", "is", null)
      .returning("orders")
      .executeTakeFirst();
    if (row !== undefined) {
      const order = (JSON.parse(row.orders) as string[])[index];
      return order === undefined ? "unknown" : { order };
    }
    const known = await this.#db.selectFrom("telegram_buttons").selectAll().where("id", "=", id).executeTakeFirst();
    if (known?.notifier_id !== by.botId || known.chat_id !== by.chatId) return "unknown";
    if (known.telegram_id !== by.telegramId) return "of-somebody-else";
    return known.used_at === null ? "too-late" : "used";
  }

  /** Call now and then: forgets what cannot come again. */
  async prune(): Promise<void> {
    const now = this.#clock.now();
    // Strangers can write as much as Telegram lets them.
    const cut = await this.#db
      .selectFrom("telegram_update")
      .select("taken_at")
      .orderBy("taken_at", "desc")
      .limit(1)
      .offset(UPDATES_KEPT_MAX)
      .executeTakeFirst();
    const before = Math.max(now - UPDATES_KEPT_MS, cut?.taken_at ?? 0);
    await this.#db.deleteFrom("telegram_update").where("taken_at", "<", before).execute();
    await this.#db
      .deleteFrom("telegram_buttons")
      .where("expires_at", "<", now - BUTTONS_KEPT_MS)
      .execute();
  }
}

const enabledUser = (db: Database, userId: string): Promise<ActorUser | undefined> =>
  db
    .selectFrom("user")
    .select(["id", "name", "role"])
    .where("id", "=", userId)
    .where("enabled", "=", 1)
    .executeTakeFirst();
