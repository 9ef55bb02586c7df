import { z } from "zod";
import { id, instant } from "./resources.ts";
import type { Route } from "./route.ts";

const bot = z.object({
  id: id.describe("its notifier"),
  name: z.string(),
  username: z.string().nullable().describe("its name at Telegram without @; null while it is not known"),
});

export const telegramSelf = z.object({
  /** Bots that answer commands now. */
  bots: z.array(bot),
  /** Whom of Telegram they take for the caller. */
  bindings: z.array(
    z.object({
      botId: id,
      telegramId: z.int(),
      name: z.string().describe("as that person is called at Telegram"),
      boundAt: instant,
    }),
  ),
});
export type TelegramSelf = z.infer<typeof telegramSelf>;

/** Doors of Telegram bots; part of `ROUTES`. */
export const TELEGRAM_ROUTES = {
  "GET /api/v1/me/telegram": {
    summary: "Bots that take commands, and whom of Telegram they take for the caller.",
    permission: "self.read",
    rate: "read",
    answer: telegramSelf,
  },
  "POST /api/v1/me/telegram-code": {
    summary: "A code that binds whoever sends it to a bot as `/start CODE` to the caller: once, within ten minutes.",
    permission: "self.write",
    rate: "write",
    answer: z.object({ code: z.string(), expiresAt: instant }),
    status: 201,
    errors: ["STEP_UP_NEEDED"],
  },
  "DELETE /api/v1/me/telegram": {
    summary: "No bot takes anybody for the caller any more.",
    permission: "self.write",
    rate: "write",
    answer: z.null(),
    status: 204,
  },
  "POST /api/v1/telegram/{id}": {
    summary: "Where Telegram brings the updates of a bot, with the secret of its webhook in a header.",
    permission: "own-token",
    tokenHeader: "x-telegram-bot-api-secret-token",
    rate: "heartbeat",
    params: z.strictObject({ id }),
    body: z.strictObject({
      update_id: z.int(),
      message: z.looseObject({}).optional(),
      callback_query: z.looseObject({}).optional(),
      // The hub asks for none of these and does nothing with them; they may be left from another who used the bot.
      ...{ edited_message: z.looseObject({}).optional(), channel_post: z.looseObject({}).optional() },
      edited_channel_post: z.looseObject({}).optional(),
    }),
    answer: z.object({ ok: z.literal(true) }),
    errors: ["NOT_FOUND"],
  },
} as const satisfies Record<string, Route>;
