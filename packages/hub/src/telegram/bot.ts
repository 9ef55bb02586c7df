import { isMusterError, MINUTE_MS } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import { Throttle } from "../access/throttle.ts";
import type { CommandBus } from "../commands/command-bus.ts";
import { incidentKeyboard, parseIncidentPress } from "../notify/incident-buttons.ts";
import type { Keyboard } from "../notify/incident-buttons.ts";
import type { IncidentAct } from "../notify/incident-acts.ts";
import type { BindingCodes } from "./binding-codes.ts";
import type { BotCommands, Asker } from "./bot-commands.ts";
import { shown } from "./bot-names.ts";
import type { Act, Order, Reply } from "./bot-orders.ts";
import type { BotStore } from "./bot-store.ts";
import { BOT_TEXTS } from "./bot-texts.ts";
import type { BotTexts } from "./bot-texts.ts";
import type { BotVoice, Place } from "./bot-voice.ts";
import type { Chat, Update } from "./telegram-update.ts";

export interface BotDeps {
  readonly store: BotStore;
  readonly codes: BindingCodes;
  readonly commands: BotCommands;
  readonly voice: Pick<BotVoice, "say" | "show" | "change" | "answer">;
  readonly bus: Pick<CommandBus, "change">;
  readonly offersOf: (incidentId: string) => readonly IncidentAct[];
  readonly clock: Clock;
  readonly log: Logger;
}

export interface BotConfig {
  /** Its notifier's id. */
  readonly id: string;
  readonly name: string;
  /** The one chat besides private ones in which it answers: a number, or `@name`. */
  readonly chatId: string;
}

type Message = Extract<Update, { is: "message" }>;
type Press = Extract<Update, { is: "press" }>;

/** What was sent longer ago than this is not done any more: whoever sent it has gone on. */
const STALE_MS = 15 * MINUTE_MS;
/** Commands and presses of one person. */
const PERSON = { burst: 20, perMinute: 30 };
/** The polite line to whoever is not bound, in one chat. */
const POLITE = { burst: 1, perMinute: 1 };
/** Updates that are worked on at one time; what is more is dropped. */
const WORKED_ON_MAX = 100;
const SNOOZED = /\nSnoozed until [^\n]*$/u;
const OUTCOME_MAX = 500;

/** Talks to people who are bound to it, in private and in its notifier's chat. How updates come is none of its business. */
export class Bot {
  readonly #deps: BotDeps;
  readonly #config: BotConfig;
  readonly #ending = new AbortController();
  readonly #working = new Set<Promise<void>>();
  /** The last message of each chat that is worked on: those of one chat are answered in their order. */
  readonly #lines = new Map<number, Promise<void>>();
  readonly #throttle: Throttle;
  /** As Telegram knows the bot; commands to others are none of its own. */
  username: string | undefined;

  constructor(deps: BotDeps, config: BotConfig) {
    this.#deps = deps;
    this.#config = config;
    this.#throttle = new Throttle(deps);
  }

  /** Tells people that what they had asked for was interrupted by the hub's end. What became of it is not known. */
  async apologize(): Promise<void> {
    const { store, voice } = this.#deps;
    const told = new Set<number>();
    for (const { chat_id: chatId, telegram_id: telegramId, language } of await store.interrupted(this.#config.id)) {
      if (chatId === null || telegramId === null || told.has(chatId)) continue;
      if ((await store.actor(this.#config.id, telegramId)) === undefined) continue;
      told.add(chatId);
      await voice.say({ chatId }, BOT_TEXTS[language].interrupted, this.#ending.signal);
    }
  }

  /**
   * Takes updates in. When it resolves they are written down and never come to anything again, whatever happens; then they
   * are worked on. Throws what the storage throws: then they may be brought again.
   */
  async take(updates: readonly Update[]): Promise<void> {
    const { store } = this.#deps;
    for (const update of await store.take(this.#config.id, updates)) if (update.is !== "none") this.#begin(update);
  }

  /** Ends what it is about to say; what was asked of servers goes on. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#working);
  }

  #begin(update: Message | Press): void {
    const { store, log } = this.#deps;
    const { id } = this.#config;
    const { signal } = this.#ending;
    if (this.#working.size >= WORKED_ON_MAX) {
      log.warn("a Telegram bot drops what is asked of it: too much waits", { bot: this.#config.name });
      return;
    }
    const before = update.is === "message" ? (this.#lines.get(update.chat.id) ?? Promise.resolve()) : Promise.resolve();
    const work = before
      .then(() => (signal.aborted ? undefined : update.is === "message" ? this.#hear(update) : this.#feel(update)))
      // Cut off by the hub's end it stays open, and its person is told after the next start.
      .then(() => (signal.aborted ? undefined : store.ended(id, update.updateId)))
      .catch((error: unknown) => log.error("a Telegram bot failed at an update", { bot: this.#config.name, error }))
      .finally(() => {
        this.#working.delete(work);
        if (this.#lines.get(update.chat.id) === work) this.#lines.delete(update.chat.id);
      });
    this.#working.add(work);
    if (update.is === "message") this.#lines.set(update.chat.id, work);
  }

  async #hear(message: Message): Promise<void> {
    const { store, commands, clock } = this.#deps;
    const { chat, from, text, threadId, at, isOwn } = message;
    const place: Place = { chatId: chat.id, threadId };
    const texts = BOT_TEXTS[from.language];
    if (!chat.isPrivate && !this.#isOwnChat(chat)) return;
    const line = this.#commandIn(text);
    // What people of a group say to each other is theirs; only what begins as a command is meant for a bot.
    if (line === undefined && !chat.isPrivate) return;
    const reply = (answer: Reply): Promise<void> => this.#reply(place, from.id, answer);
    if (!isOwn) return this.#bePolite(place, texts);
    const [, code] = /^start\s+([A-Z0-9]{6,40})$/i.exec(line ?? "") ?? [];
    if (code !== undefined && chat.isPrivate) return this.#bind(message, code.toUpperCase(), texts);
    const actor = await store.actor(this.#config.id, from.id);
    if (actor === undefined) return this.#bePolite(place, texts);
    if (code !== undefined) return reply({ text: texts.codeInPrivate });
    if (!this.#isInPace(from.id)) return this.#bePolite(place, texts, texts.tooFast);
    if (clock.now() - at > STALE_MS) return reply({ text: texts.cameTooLate });
    if (line === undefined) return reply({ text: texts.unknownCommand });
    await reply(await commands.run(line, { actor, chatId: chat.id, texts, signal: this.#ending.signal }));
  }

  async #bind({ chat, from }: Message, code: string, texts: BotTexts): Promise<void> {
    const { store, codes, voice, bus, log } = this.#deps;
    const { id: botId, name } = this.#config;
    const place: Place = { chatId: chat.id };
    const { signal } = this.#ending;
    const spent = codes.spend(code, from.id);
    if (spent === "too-often") return;
    const user = spent === "wrong" ? undefined : await store.user(spent.userId);
    if (user === undefined) {
      log.warn("somebody sent a Telegram bot a code that is not valid", { bot: name, telegramId: from.id });
      await voice.say(place, texts.wrongCode, signal);
      return;
    }
    const actor = { kind: "chat", botId, telegramId: from.id, user, provedAt: null } as const;
    const change = { name: "telegram.bind", right: "self.write", target: user.name } as const;
    const args = { botId, bot: name, telegramId: from.id };
    try {
      await bus.change(actor, "telegram", { ...change, args }, () => store.bind(botId, from, user.id));
    } catch (error) {
      if (!isMusterError(error, "NOT_FOUND")) throw error;
      await voice.say(place, texts.wrongCode, signal);
      return;
    }
    await voice.say(place, texts.bound(shown(user.name)), signal);
  }

  /** A press on a button. Whoever pressed is always answered, or the button would seem to work for ever. */
  async #feel(press: Press): Promise<void> {
    const { store, voice, commands } = this.#deps;
    const { chat, from, data, threadId } = press;
    const texts = BOT_TEXTS[from.language];
    const { signal } = this.#ending;
    let isAnswered = false;
    // A press is answered once; what there is to say after that is a message.
    const answer = async (text: string): Promise<void> => {
      if (!isAnswered) {
        isAnswered = true;
        return voice.answer(press.pressId, text, signal);
      }
      if (text !== "") await voice.say({ chatId: chat.id, threadId }, text, signal);
    };
    const isHere = chat.isPrivate || this.#isOwnChat(chat);
    const actor = isHere ? await store.actor(this.#config.id, from.id, this.#deps.clock.now()) : undefined;
    if (actor === undefined) return answer(texts.stranger);
    if (!this.#isInPace(from.id)) return answer(texts.tooFast);
    const asker: Asker = { actor, chatId: chat.id, texts, signal };
    const about = parseIncidentPress(data);
    try {
      if (about !== undefined) return await this.#actOnIncident(press, about, asker, answer);
      const [, id, index] = /^b:([A-Za-z0-9_-]{22}):(\d{1,2})$/.exec(data) ?? [];
      if (id === undefined) return await answer(texts.press.unknown);
      const by = { botId: this.#config.id, chatId: chat.id, telegramId: from.id };
      const pressed = await store.press(id, Number(index), by);
      if (typeof pressed === "string") return await answer(texts.press[pressed]);
      await this.#carryOut(JSON.parse(pressed.order) as Order, id, press, asker, answer);
    } catch (error) {
      await answer(commands.failure(error, asker));
    }
  }

  async #carryOut(
    order: Order,
    key: string,
    press: Press,
    asker: Asker,
    answer: (text: string) => Promise<void>,
  ): Promise<void> {
    const { commands, voice } = this.#deps;
    const { chat, messageId, threadId } = press;
    const place: Place = { chatId: chat.id, threadId };
    const { texts, signal } = asker;
    switch (order.do) {
      case "cancel":
        await answer(texts.cancelled);
        await voice.change(place, messageId, texts.cancelled, signal);
        return;
      case "command":
        await answer("");
        return this.#reply(place, press.from.id, await commands.run(order.line, asker), messageId);
      case "act":
        await answer(texts.working);
        return this.#perform(order, key, place, messageId, asker);
    }
  }

  /** The plan's message says what becomes of it, up to the outcome that the server observed. */
  async #perform(act: Act, key: string, place: Place, messageId: number, asker: Asker): Promise<void> {
    const { commands, voice } = this.#deps;
    const { texts, signal } = asker;
    const title = commands.planTitle(act, texts);
    // What was confirmed is not held up by the pace at which it may be told.
    const working = voice.change(place, messageId, `${title}\n${texts.working}`, signal);
    let said: string;
    try {
      const { is, detail } = await commands.perform(act, `telegram-${key}`, asker);
      said = `${texts.outcome[is]}${detail === "" ? "" : `: ${shown(detail, OUTCOME_MAX)}`}`;
    } catch (error) {
      said = commands.failure(error, asker);
    }
    await working;
    // Cut off by the hub's end the outcome is not known; that is told after the next start.
    if (signal.aborted) return;
    if (!(await voice.change(place, messageId, `${title}\n${said}`, signal)))
      await voice.say(place, `${title}\n${said}`, signal);
  }

  async #actOnIncident(
    press: Press,
    { act, incidentId }: { readonly act: IncidentAct; readonly incidentId: string },
    asker: Asker,
    answer: (text: string) => Promise<void>,
  ): Promise<void> {
    const { commands, voice, offersOf } = this.#deps;
    const { chat, messageId, text, from, threadId } = press;
    const place: Place = { chatId: chat.id, threadId };
    // A log may take its time.
    if (act === "logs" || act === "restart" || act === "chart") await answer("");
    const acted = await commands.actOnIncident(act, incidentId, asker);
    await answer(acted.answer);
    if (acted.reply !== undefined) await this.#reply(place, from.id, acted.reply);
    if (acted.note === undefined || text === undefined) return;
    const keys = incidentKeyboard({ incidentId, state: "open", acknowledgedBy: null }, offersOf(incidentId));
    await voice.change(place, messageId, `${text.replace(SNOOZED, "")}\n${acted.note}`, asker.signal, keys);
  }

  /** Says it, in a message of its own or in place of one; with buttons for this person where there are choices. */
  async #reply(place: Place, telegramId: number, reply: Reply, instead?: number): Promise<void> {
    const { store, voice } = this.#deps;
    const { signal } = this.#ending;
    const { text, picture, choices = [], choicesMs = MINUTE_MS } = reply;
    if (picture !== undefined) {
      if (!(await voice.show(place, picture, text, signal)))
        await voice.say(place, `${text}\n${reply.withoutPicture ?? ""}`.trim(), signal);
      return;
    }
    let keys: Keyboard | undefined;
    if (choices.length > 0) {
      const orders = choices.map(({ order }) => JSON.stringify(order));
      const { id: botId } = this.#config;
      const id = await store.addButtons({ botId, chatId: place.chatId, telegramId, orders, lifetimeMs: choicesMs });
      const rows = choices.map(({ label }, index) => ({ text: label, callback_data: `b:${id}:${index}` }));
      keys = { inline_keyboard: rows.length === 2 ? [rows] : rows.map((key) => [key]) };
    }
    if (instead !== undefined && (await voice.change(place, instead, text, signal, keys))) return;
    await voice.say(place, text, signal, keys);
  }

  /** One line, at most once a minute in a chat. */
  async #bePolite(place: Place, texts: BotTexts, text = texts.stranger): Promise<void> {
    if (this.#throttle.take(POLITE, [`polite in ${place.chatId}`]) !== undefined) return;
    await this.#deps.voice.say(place, text, this.#ending.signal);
  }

  #isInPace(telegramId: number): boolean {
    return this.#throttle.take(PERSON, [`asked by ${telegramId}`]) === undefined;
  }

  #isOwnChat({ id, username }: Chat): boolean {
    const { chatId } = this.#config;
    return chatId === String(id) || (username !== undefined && chatId.toLowerCase() === `@${username}`.toLowerCase());
  }

  /** The line behind the slash; undefined where a text is no command, or one for another bot. */
  #commandIn(text: string): string | undefined {
    const [, name, to, rest = ""] = /^\/([a-z0-9_]{1,32})(?:@([a-z0-9_]{1,64}))?(?:\s+([\s\S]*))?$/i.exec(text) ?? [];
    if (name === undefined) return undefined;
    if (to !== undefined && to.toLowerCase() !== this.username?.toLowerCase()) return undefined;
    return `${name} ${rest}`.trim();
  }
}
