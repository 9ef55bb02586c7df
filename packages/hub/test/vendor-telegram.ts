import { must, mustBeText, startVendor } from "./vendor-http.ts";
import type { VendorFault, VendorReply, VendorRequest } from "./vendor-http.ts";

type Json = Readonly<Record<string, unknown>>;

/** A message as it stands in a chat now. */
export interface ShownMessage {
  readonly id: number;
  readonly chatId: number | string;
  /** As people see it: without what is not seen. */
  text: string;
  raw: string;
  /** The picture above it, as a file. */
  picture?: Buffer;
  /** The keys under it. */
  keys: readonly { readonly text: string; readonly callback_data: string }[];
  edits: number;
}

/** One bot of the stand-in, with what was said to it and by it. */
export interface TelegramBot {
  readonly token: string;
  readonly username: string;
  readonly messages: ShownMessage[];
  /** What presses were answered, by the press's id. */
  readonly answers: Map<string, string>;
  /** The webhook that is set. */
  webhook: { readonly url: string; readonly secret: string } | undefined;
  /** Fetched with an offset beyond them; those never come again. */
  confirmedBelow: number;
  /** In what order and how often updates come; as they are unless told. */
  order: (updates: readonly Json[]) => readonly Json[];
  /** So many questions for updates wait. */
  readonly waiting: number;
  /** Somebody writes; gives the number of the update. */
  write(from: TelegramPerson, text: string, more?: Json): number;
  /** Somebody presses a key of a message, by its text. */
  press(from: TelegramPerson, message: ShownMessage, key: string, more?: Json): string;
  /** Any update. */
  bring(update: Json): number;
  /** Breaks off every question that waits. */
  breakOff(): void;
  /** The updates that are not confirmed. */
  pending(): readonly Json[];
}

export interface TelegramPerson {
  readonly id: number;
  readonly language?: string;
  /** In a group instead of a private chat. */
  readonly chat?: Json;
}

export interface TelegramStandIn extends AsyncDisposable {
  readonly url: string;
  readonly requests: VendorRequest[];
  bot(name: string): TelegramBot;
  /** Faults of one method, for its next calls in turn. */
  fail(method: string, ...faults: readonly VendorFault[]): void;
}

/** The token of every bot has it; it must be nowhere else. */
export const TELEGRAM_CANARY = "canaryTelegram0f5ec2e7";
const OURS = /https?:\/\/(?:127\.0\.0\.1|hub\.example)[^\s]*/g;
/** What a client makes a link of: addresses, domains, mentions, topics, prices. Commands are the bot's own. */
const LINKS = /(?:^|[\s(])[#$][\p{L}\d_]|[\p{L}\d]\.\p{L}{2}|@[a-z]|:\/\//mu;

/**
 * Telegram's Bot API on loopback, as far as bots of the hub use it: questions for updates wait until there are some, edits
 * change messages, and what breaks Telegram's rules is refused. `now`: its clock, in epoch ms.
 */
export async function startTelegram(now: () => number): Promise<TelegramStandIn> {
  const bots = new Map<string, Bot>();
  const faults = new Map<string, VendorFault[]>();
  let people = 0;

  class Bot implements TelegramBot {
    readonly messages: ShownMessage[] = [];
    readonly answers = new Map<string, string>();
    webhook: TelegramBot["webhook"];
    confirmedBelow = 0;
    order: TelegramBot["order"] = (updates) => updates;
    #updates: Json[] = [];
    #next = 500_000;
    #holds: { readonly offset: number; readonly resolve: (reply: VendorFault) => void }[] = [];

    readonly token: string;
    readonly username: string;

    constructor(token: string, username: string) {
      this.token = token;
      this.username = username;
    }

    get waiting(): number {
      return this.#holds.length;
    }

    pending = (): readonly Json[] => this.#updates;

    write(from: TelegramPerson, text: string, more: Json = {}): number {
      const message = { message_id: ++people + 10_000, date: Math.floor(now() / 1_000), ...by(from), text, ...more };
      return this.bring({ message });
    }

    press(from: TelegramPerson, { id, raw: text, keys, chatId }: ShownMessage, key: string, more: Json = {}): string {
      const found = keys.find((one) => one.text === key);
      must(found !== undefined, `no key ${key} among ${keys.map((one) => one.text).join(", ")}`);
      const pressId = `press-${++people}`;
      const { from: person, chat } = by(from);
      const message = { message_id: id, date: 1, chat: { ...chat, id: chatId }, text };
      this.bring({ callback_query: { id: pressId, from: person, message, data: found.callback_data, ...more } });
      return pressId;
    }

    bring(update: Json): number {
      const id = this.#next++;
      this.#updates.push({ update_id: id, ...update });
      this.#serve();
      return id;
    }

    breakOff(): void {
      for (const { resolve } of this.#holds.splice(0)) resolve("reset");
    }

    /** Answers who waits, where there is something from the offset on. */
    #serve(): void {
      const holds = this.#holds.splice(0);
      for (const hold of holds) {
        const found = this.#from(hold.offset);
        if (found.length > 0) hold.resolve(well(found));
        else this.#holds.push(hold);
      }
    }

    #from = (offset: number): readonly Json[] =>
      this.order(this.#updates.filter(({ update_id: id }) => (id as number) >= offset));

    getUpdates(
      { offset = 0, allowed_updates: allowed, timeout, limit }: Json,
      gone: AbortSignal,
    ): VendorReply | Promise<VendorFault> {
      if (this.webhook !== undefined)
        return refused(409, "Conflict: can't use getUpdates method while webhook is active");
      must(JSON.stringify(allowed) === '["message","callback_query"]', "it asks for more than it uses");
      must((timeout as number) > 0 && (limit as number) <= 100, "it does not wait");
      this.confirmedBelow = Math.max(this.confirmedBelow, offset as number);
      this.#updates = this.#updates.filter(({ update_id: id }) => (id as number) >= this.confirmedBelow);
      const found = this.#from(offset as number);
      if (found.length > 0) return well(found);
      // One that asks while another waits takes its place, as Telegram has it.
      for (const { resolve } of this.#holds.splice(0))
        resolve(refused(409, "Conflict: terminated by other getUpdates request"));
      return new Promise((resolve) => {
        const hold = { offset: offset as number, resolve };
        this.#holds.push(hold);
        gone.addEventListener("abort", () => (this.#holds = this.#holds.filter((one) => one !== hold)), { once: true });
      });
    }

    sendMessage({ chat_id: chatId, text, reply_markup: markup, parse_mode: mode }: Json): VendorReply {
      must(mode === undefined, "a parse mode");
      checkText(text);
      const id = this.messages.length + 1;
      const message = { id, chatId: numbered(chatId), text: seen(text), raw: text, keys: keysOf(markup), edits: 0 };
      this.messages.push(message);
      return well({ message_id: message.id, text });
    }

    /** A form with a file: `text` is what stands below the picture. */
    sendPhoto({ headers, bytes }: VendorRequest): VendorReply {
      const parts = formParts(String(headers["content-type"]), bytes);
      const field = (name: string): string | undefined => parts.get(name)?.data.toString("utf8");
      const photo = parts.get("photo");
      must(photo !== undefined && photo.head.includes('filename="chart.png"'), "no file");
      must(photo.data.length < 10 * 1_024 * 1_024, "the file is too large");
      const text = field("caption") ?? "";
      mustBeText(text, 1_024, "caption");
      checkText(text);
      const id = this.messages.length + 1;
      const shown = { id, chatId: numbered(field("chat_id")), text: seen(text), raw: text, keys: [], edits: 0 };
      this.messages.push({ ...shown, picture: photo.data });
      return well({ message_id: id, caption: text });
    }

    editMessageText({ chat_id: chatId, message_id: id, text, reply_markup: markup }: Json): VendorReply {
      checkText(text);
      const message = this.messages.find((one) => one.id === id && one.chatId === numbered(chatId));
      if (message === undefined) return refused(400, "Bad Request: message to edit not found");
      const keys = keysOf(markup);
      if (message.raw === text && JSON.stringify(message.keys) === JSON.stringify(keys))
        return refused(400, "Bad Request: message is not modified: specified new message content is the same");
      Object.assign(message, { text: seen(text), raw: text, keys, edits: message.edits + 1 });
      return well({ message_id: id, text });
    }

    answerCallbackQuery({ callback_query_id: id, text }: Json): VendorReply {
      must(typeof text === "string" && text.length <= 200, "the answer is too long");
      must(!this.answers.has(id as string), "it was answered already");
      this.answers.set(id as string, text);
      return well(true);
    }

    setWebhook({ url, secret_token: secret, allowed_updates: allowed }: Json): VendorReply {
      must(typeof url === "string" && url.startsWith("https://"), "no https address");
      must(typeof secret === "string" && /^[A-Za-z0-9_-]{1,256}$/.test(secret), "no secret");
      must(JSON.stringify(allowed) === '["message","callback_query"]', "it asks for more than it uses");
      this.webhook = { url, secret };
      return well(true);
    }
  }

  const server = await startVendor((request) => {
    const [, token = "", method = ""] = /^\/bot([^/]+)\/([A-Za-z]+)$/.exec(request.path) ?? [];
    const fault = faults.get(method)?.shift();
    if (fault !== undefined) return fault;
    const bot = bots.get(token);
    if (bot === undefined) return refused(401, "Unauthorized");
    switch (method) {
      case "getMe":
        return well({ id: Number(token.split(":")[0]), is_bot: true, username: bot.username });
      case "deleteWebhook":
        bot.webhook = undefined;
        return well(true);
      case "getWebhookInfo":
        return well({ url: bot.webhook?.url ?? "" });
      case "sendPhoto":
        return bot.sendPhoto(request);
      case "getUpdates":
      case "sendMessage":
      case "editMessageText":
      case "answerCallbackQuery":
      case "setWebhook":
        return bot[method](request.json, request.gone);
      default:
        return refused(404, "Not Found: method not found");
    }
  });

  return {
    ...{ url: server.url, requests: server.requests },
    bot(name) {
      const token = `${100_000 + bots.size}:${TELEGRAM_CANARY}${name}`;
      const bot = new Bot(token, `${name}_bot`);
      bots.set(token, bot);
      return bot;
    },
    fail: (method, ...given) => void faults.set(method, [...(faults.get(method) ?? []), ...given]),
    async [Symbol.asyncDispose]() {
      for (const bot of bots.values()) bot.breakOff();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The parts of a form, by their names. */
function formParts(type: string, bytes: Buffer): ReadonlyMap<string, { readonly head: string; readonly data: Buffer }> {
  const [, boundary] = /^multipart\/form-data; boundary=([A-Za-z0-9-]{10,70})$/.exec(type) ?? [];
  must(boundary !== undefined, "no form");
  // In this encoding a character is a byte.
  const pieces = bytes.toString("latin1").split(`--${boundary}`);
  must(pieces.shift() === "" && pieces.pop() === "--\r\n", "the form is not whole");
  return new Map(
    pieces.map((piece) => {
      const end = piece.indexOf("\r\n\r\n");
      const head = piece.slice(2, end);
      must(piece.startsWith("\r\n") && piece.endsWith("\r\n") && end > 0, "a part is none");
      const [, name = ""] = /^content-disposition: form-data; name="(\w+)"/.exec(head) ?? [];
      return [name, { head, data: Buffer.from(piece.slice(end + 4, -2), "latin1") }] as const;
    }),
  );
}

/** How Telegram says no. */
export const refused = (status: number, description: string, parameters?: Json): VendorReply => ({
  status,
  body: { ok: false, error_code: status, description, ...(parameters !== undefined && { parameters }) },
});
const well = (result: unknown): VendorReply => ({ status: 200, body: { ok: true, result } });

const by = ({ id, language = "en", chat }: TelegramPerson) => ({
  from: { id, is_bot: false, first_name: `person ${id}`, language_code: language },
  chat: chat ?? { id, type: "private" },
});

const numbered = (chatId: unknown): number | string =>
  /^-?\d+$/.test(String(chatId)) ? Number(chatId) : String(chatId);

const seen = (text: string): string => text.replaceAll("\u2060", "");

function checkText(text: unknown): asserts text is string {
  mustBeText(text, 4_096, "text");
  must(!LINKS.test(text.replaceAll(OURS, "")), `it has a link: ${text}`);
}

function keysOf(markup: unknown): ShownMessage["keys"] {
  const rows = ((markup as Json | undefined)?.["inline_keyboard"] ?? []) as ShownMessage["keys"][];
  for (const key of rows.flat()) {
    mustBeText(key.text, 200, "a key");
    must(Buffer.byteLength(key.callback_data) <= 64 && key.callback_data !== "", "the data of a key are too long");
  }
  return rows.flat().map((key) => ({ ...key, text: seen(key.text) }));
}
