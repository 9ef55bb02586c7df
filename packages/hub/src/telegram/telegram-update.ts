import { recordOf } from "../notify/send-json.ts";

/** Languages in which bots speak. */
export type BotLanguage = "en" | "ru";

/** Where something was said. */
export interface Chat {
  readonly id: number;
  /** In a private chat there is nobody but one person and the bot. */
  readonly isPrivate: boolean;
  /** Of public ones. */
  readonly username: string | undefined;
}

/** Who said it, as Telegram names that one; the number is the only thing to rely on. */
export interface Person {
  readonly id: number;
  /** As that one likes to be called: for showing only. */
  readonly name: string;
  readonly language: BotLanguage;
}

interface Said {
  readonly updateId: number;
  readonly chat: Chat;
  readonly from: Person;
  readonly messageId: number;
  /** The topic of a group. */
  readonly threadId: number | undefined;
}

/** What a bot may act on. `none`: whatever it must not, such as an edit or a post of a channel. */
export type Update =
  | (Said & {
      readonly is: "message";
      readonly text: string;
      /** When it was sent, by Telegram's clock. */
      readonly at: number;
      /** False where somebody else wrote it: it is forwarded, or says that it comes from a chat or by way of a bot. */
      readonly isOwn: boolean;
    })
  | (Said & {
      readonly is: "press";
      readonly pressId: string;
      readonly data: string;
      /** What the message with the button says; undefined where Telegram does not tell it any more. */
      readonly text: string | undefined;
    })
  | { readonly is: "none"; readonly updateId: number };

/** What a text can have. */
const TEXT_MAX = 4_096;
const DATA_MAX = 64;
const NAME_MAX = 64;

/** Fields that only a message has which its sender did not write as it is. */
const FOREIGN = [
  ...["forward_origin", "forward_from", "forward_from_chat", "forward_sender_name", "forward_date"],
  ...["sender_chat", "via_bot", "is_automatic_forward"],
];

/** One update out of what Telegram sent; undefined where that is none. Whatever is not as it should be is `none`. */
export function parseUpdate(given: unknown): Update | undefined {
  const update = recordOf(given);
  const updateId = numberOf(update["update_id"]);
  if (updateId === undefined) return undefined;
  const none = { is: "none", updateId } as const;
  if (update["callback_query"] !== undefined) {
    const press = recordOf(update["callback_query"]);
    const message = recordOf(press["message"]);
    const said = saidOf(updateId, message, press["from"]);
    const { id, data } = press;
    if (said === undefined || typeof id !== "string" || id.length > NAME_MAX) return none;
    if (typeof data !== "string" || data.length > DATA_MAX) return none;
    return { ...said, is: "press", pressId: id, data, text: textOf(message["text"]) };
  }
  const message = recordOf(update["message"]);
  const said = saidOf(updateId, message, message["from"]);
  const text = textOf(message["text"]);
  if (said === undefined || text === undefined) return none;
  const isOwn = FOREIGN.every((field) => message[field] === undefined) && recordOf(message["from"])["is_bot"] !== true;
  return { ...said, is: "message", text, at: (numberOf(message["date"]) ?? 0) * 1_000, isOwn };
}

function saidOf(updateId: number, message: Fields, by: unknown): Said | undefined {
  const chat = recordOf(message["chat"]);
  const from = recordOf(by);
  const chatId = numberOf(chat["id"]);
  const fromId = numberOf(from["id"]);
  const messageId = numberOf(message["message_id"]);
  if (chatId === undefined || fromId === undefined || fromId <= 0 || messageId === undefined) return undefined;
  const names = [from["first_name"], from["last_name"]].filter((name) => typeof name === "string");
  const { language_code: language } = from;
  return {
    ...{ updateId, messageId },
    threadId: message["is_topic_message"] === true ? numberOf(message["message_thread_id"]) : undefined,
    chat: {
      id: chatId,
      isPrivate: chat["type"] === "private" && chatId === fromId,
      username: typeof chat["username"] === "string" ? chat["username"] : undefined,
    },
    from: {
      id: fromId,
      name: names.join(" ").slice(0, NAME_MAX).toWellFormed(),
      language: typeof language === "string" && /^ru(?:-|$)/i.test(language) ? "ru" : "en",
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;
const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.length <= TEXT_MAX ? value : undefined;
