import type { RouteName } from "@muster/protocol";
import type { TelegramDesk } from "../../telegram/telegram-desk.ts";
import { callerOf } from "../handler.ts";
import type { Handlers } from "../handler.ts";

type TelegramRoutes = Pick<
  Handlers,
  Extract<RouteName, `${string} /api/v1/me/telegram${string}` | `${string} /api/v1/telegram/${string}`>
>;

export interface TelegramRouteDeps {
  readonly telegram: Pick<TelegramDesk, "self" | "makeCode" | "unbind" | "hear">;
}

export function telegramRoutes({ telegram }: TelegramRouteDeps): TelegramRoutes {
  return {
    "GET /api/v1/me/telegram": (context) => telegram.self(callerOf(context).actor.user.id),

    "POST /api/v1/me/telegram-code": (context) => telegram.makeCode(callerOf(context).actor),

    "DELETE /api/v1/me/telegram": async (context) => {
      await telegram.unbind(callerOf(context).actor);
      return null;
    },

    "POST /api/v1/telegram/{id}": async ({ params, bearer, body }) => {
      await telegram.hear(params.id, bearer, body);
      return { ok: true };
    },
  };
}
