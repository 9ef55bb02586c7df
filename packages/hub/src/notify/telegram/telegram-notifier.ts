import { notOf } from "../answered.ts";
import type { CreateNotifier, Delivery } from "../notifier.ts";
import { recordOf } from "../send-json.ts";
import { tellEditing } from "../tell-editing.ts";
import { cutText } from "../text.ts";
import { wordsOf } from "../words.ts";
import type { Words } from "../words.ts";
import { incidentKeyboard } from "../incident-buttons.ts";
import { isUnmodified, PLAIN, TELEGRAM_TEXT_MAX, TelegramApi } from "../telegram-api.ts";

export const createTelegramNotifier: CreateNotifier<"telegram"> = (settings, deps) => {
  const { threadId, apiUrl, ca, commands } = settings;
  const { way, secret = "", log, offersOf = () => [] } = deps;
  const api = new TelegramApi({ way, token: secret, apiUrl, ca });

  /** One call about the chat. A group that became a supergroup has a new number, which is followed once. */
  async function call(
    method: "sendMessage" | "editMessageText",
    params: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    chatId = settings.chatId,
  ): Promise<Delivery> {
    const answer = await api.call({ method, params: { chat_id: chatId, ...PLAIN, ...params } }, signal);
    const { failed, movedTo, description } = answer;
    if (movedTo !== undefined && chatId === settings.chatId) {
      log.warn("a Telegram group has a new number, which belongs in the notifier's settings", { chatId, movedTo });
      const moved = await call(method, params, signal, movedTo);
      return moved.outcome === "sent"
        ? moved
        : { ...moved, detail: `${moved.detail} (the group's new number is ${movedTo})` };
    }
    if (failed === undefined) {
      const { message_id: messageId } = recordOf(answer.result);
      return Number.isSafeInteger(messageId) ? { outcome: "sent", ref: String(messageId) } : notOf("Telegram");
    }
    if (method === "editMessageText" && isUnmodified(answer)) return { outcome: "sent" };
    const [, why] = REASONS.find(([part]) => description.includes(part)) ?? [];
    return why === undefined ? failed : { ...failed, detail: why, retry: "lasting" };
  }

  const inTopic = threadId === 0 ? {} : { message_thread_id: threadId };

  return {
    deliver(notice, ref, signal) {
      const words = wordsOf(notice, { eager: true });
      // An edit without keys would take those away that are there.
      const keys =
        commands && notice.incidentId !== ""
          ? { reply_markup: incidentKeyboard(notice, offersOf(notice.incidentId)) }
          : {};
      const whole = { text: textOf(words), ...keys };
      return tellEditing(notice, ref, {
        send: () => call("sendMessage", { ...whole, ...inTopic }, signal),
        edit: (message) => call("editMessageText", { message_id: Number(message), ...whole }, signal),
        reply: (message) => {
          const answered = { message_id: Number(message), allow_sending_without_reply: true };
          return call("sendMessage", { text: words.head, ...inTopic, reply_parameters: answered }, signal);
        },
      });
    },
    say: (text, signal) => call("sendMessage", { text: cutText(text, TELEGRAM_TEXT_MAX), ...inTopic }, signal),
  };
};

/** Parts of descriptions that say more than their status, and what they mean for whoever reads the settings. */
const REASONS: readonly (readonly [string, string])[] = [
  ["bot was blocked", "the bot was blocked by this person"],
  ["bot was kicked", "the bot was removed from this group"],
  ["chat not found", "there is no such chat, or nobody in it has written to the bot yet"],
  ["not enough rights", "the bot may not write in this chat"],
  ["thread not found", "there is no such topic in this group"],
];

function textOf({ head, lines, url }: Words): string {
  const end = url === undefined ? "" : `\n${url}`;
  return `${cutText([head, ...lines].join("\n"), TELEGRAM_TEXT_MAX - end.length)}${end}`;
}
