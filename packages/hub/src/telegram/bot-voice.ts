import { MINUTE_MS, wait } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import { recordOf } from "../notify/send-json.ts";
import type { Keyboard } from "../notify/incident-buttons.ts";
import { isUnmodified, PLAIN, TELEGRAM_CAPTION_MAX, TELEGRAM_TEXT_MAX } from "../notify/telegram-api.ts";
import type { TelegramAnswer, TelegramApi } from "../notify/telegram-api.ts";
import { cutText } from "../notify/text.ts";
import type { Picture } from "./bot-charts.ts";
import type { ChatPace } from "./chat-pace.ts";

export interface BotVoiceDeps {
  readonly api: TelegramApi;
  readonly pace: ChatPace;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Where a bot says something. */
export interface Place {
  readonly chatId: number;
  /** The topic of a group. */
  readonly threadId?: number | undefined;
}

const ANSWER_MAX = 200;
const TRIES_MAX = 3;
/** Who is told to wait longer than this says nothing instead. */
const WAIT_MS_MAX = MINUTE_MS;
const NO_KEYS: Keyboard = { inline_keyboard: [] };

/** What a bot says, no faster than it may. What cannot be said is logged once here, and never thrown. */
export class BotVoice {
  readonly #deps: BotVoiceDeps;

  constructor(deps: BotVoiceDeps) {
    this.#deps = deps;
  }

  /** A new message; its number, or undefined where it could not be sent. */
  async say(
    { chatId, threadId }: Place,
    text: string,
    signal: AbortSignal,
    keys?: Keyboard,
  ): Promise<number | undefined> {
    const answer = await this.#paced(
      "sendMessage",
      {
        ...{ chat_id: chatId, text: cutText(text, TELEGRAM_TEXT_MAX), ...PLAIN },
        ...(threadId !== undefined && { message_thread_id: threadId }),
        ...(keys !== undefined && { reply_markup: keys }),
      },
      chatId,
      signal,
    );
    const { message_id: messageId } = recordOf(answer?.result);
    return typeof messageId === "number" && Number.isSafeInteger(messageId) ? messageId : undefined;
  }

  /** A new message with a picture; whether it was sent. */
  async show({ chatId, threadId }: Place, picture: Picture, caption: string, signal: AbortSignal): Promise<boolean> {
    const params = {
      ...{ chat_id: chatId, caption: cutText(caption, TELEGRAM_CAPTION_MAX) },
      ...(threadId !== undefined && { message_thread_id: threadId }),
    };
    const { fileName, png: bytes } = picture;
    const file = { field: "photo", fileName, type: "image/png", bytes };
    await this.#deps.pace.turn(chatId, signal);
    const answer = await this.#tried("sendPhoto", signal, (asking) =>
      this.#deps.api.upload({ method: "sendPhoto", params, file, isFollowUp: true }, asking),
    );
    return answer?.failed === undefined && answer !== undefined;
  }

  /** The same message says this from now on, and has these keys or none; false where it cannot be changed. */
  async change(
    { chatId }: Place,
    messageId: number,
    text: string,
    signal: AbortSignal,
    keys: Keyboard = NO_KEYS,
  ): Promise<boolean> {
    const params = {
      ...{ chat_id: chatId, message_id: messageId, text: cutText(text, TELEGRAM_TEXT_MAX), ...PLAIN },
      reply_markup: keys,
    };
    const answer = await this.#paced("editMessageText", params, chatId, signal);
    return answer !== undefined && (answer.failed === undefined || isUnmodified(answer));
  }

  /** Ends the waiting of whoever pressed a button, with a line that goes away by itself. */
  async answer(pressId: string, text: string, signal: AbortSignal): Promise<void> {
    const params = { callback_query_id: pressId, text: cutText(text, ANSWER_MAX) };
    await this.#call("answerCallbackQuery", params, signal);
  }

  async #paced(
    method: string,
    params: Readonly<Record<string, unknown>>,
    chatId: number,
    signal: AbortSignal,
  ): Promise<TelegramAnswer | undefined> {
    await this.#deps.pace.turn(chatId, signal);
    return this.#call(method, params, signal);
  }

  #call(
    method: string,
    params: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<TelegramAnswer | undefined> {
    return this.#tried(method, signal, (asking) => this.#deps.api.call({ method, params, isFollowUp: true }, asking));
  }

  /** Once more only where it was not taken for sure: a lost answer may be one to a message that is there. */
  async #tried(
    method: string,
    signal: AbortSignal,
    call: (signal: AbortSignal) => Promise<TelegramAnswer>,
  ): Promise<TelegramAnswer | undefined> {
    const { clock, log } = this.#deps;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const answer = await call(signal);
      const { failed, status } = answer;
      if (failed === undefined || isUnmodified(answer) || signal.aborted) return answer;
      const waitMs = failed.waitMs ?? 0;
      if (status === 429 && attempt < TRIES_MAX && waitMs <= WAIT_MS_MAX) {
        await wait(clock, waitMs, signal);
        continue;
      }
      log.warn("a Telegram bot could not say something", { method, detail: failed.detail });
      return answer;
    }
    return undefined;
  }
}
