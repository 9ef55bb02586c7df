import { MusterError } from "@muster/core";
import type { Actor, Clock, Instant, Logger, NotifierSettingsOf, Random } from "@muster/core";
import { equalBytes } from "@muster/node-kit";
import type { TelegramSelf } from "@muster/protocol";
import type { AccessEvents } from "../access/access-events.ts";
import type { CommandBus } from "../commands/command-bus.ts";
import type { IncidentAct } from "../notify/incident-acts.ts";
import type { NotifierDesk } from "../notify/notifier-desk.ts";
import type { NotifierStore } from "../notify/notifier-store.ts";
import type { NotifierWay } from "../notify/notifier.ts";
import { TelegramApi } from "../notify/telegram-api.ts";
import { BindingCodes } from "./binding-codes.ts";
import { Bot } from "./bot.ts";
import type { BotCommands } from "./bot-commands.ts";
import type { BotStore } from "./bot-store.ts";
import { BotVoice } from "./bot-voice.ts";
import { ChatPace } from "./chat-pace.ts";
import { parseUpdate } from "./telegram-update.ts";
import { UpdatesSource } from "./updates-source.ts";

export interface TelegramDeskDeps {
  readonly store: BotStore;
  readonly notifiers: Pick<NotifierDesk, "ids" | "has" | "definition" | "listen" | "noteTrouble">;
  readonly secrets: Pick<NotifierStore, "opened">;
  readonly wayOf: (
    notifier: { readonly settings: ReturnType<NotifierDesk["definition"]>["settings"] },
    secret: string | undefined,
  ) => NotifierWay;
  readonly commands: BotCommands;
  readonly bus: Pick<CommandBus, "change">;
  readonly events: AccessEvents;
  readonly offersOf: (incidentId: string) => readonly IncidentAct[];
  readonly hubUrl: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

interface Running {
  readonly bot: Bot;
  readonly source: UpdatesSource;
  readonly isByWebhook: boolean;
  /** The bot's number at Telegram, which several notifiers may have. */
  readonly account: string;
}

/** The bots of all notifiers that take commands, and who of Telegram is whom. */
export class TelegramDesk {
  readonly #deps: TelegramDeskDeps;
  readonly #codes: BindingCodes;
  readonly #bots = new Map<string, Running>();
  /** Notifiers whose bot is another one's already: their turn comes when that one ends. */
  readonly #waiting = new Set<string>();
  /** One change after the other: a bot's end comes before its next beginning. */
  #turn: Promise<void> = Promise.resolve();
  #stops: readonly (() => void)[] = [];
  #isStopped = false;

  constructor(deps: TelegramDeskDeps) {
    this.#deps = deps;
    this.#codes = new BindingCodes({ clock: deps.clock });
  }

  /** Begins to listen, and follows what becomes of notifiers. */
  start(): void {
    const { notifiers, events, store, log } = this.#deps;
    this.#stops = [
      notifiers.listen((id) => this.#renew(id)),
      events.listen((change) => {
        if (change.is !== "user-changed") return;
        store
          .unbindDisabled()
          .catch((error: unknown) => log.error("people of a disabled user could not be unbound", { error }));
      }),
    ];
    for (const id of notifiers.ids()) this.#renew(id);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    await this.#turn;
    await Promise.all([...this.#bots.keys()].map((id) => this.#end(id)));
  }

  /** What a caller sees of bots and of the own bindings. */
  async self(userId: string): Promise<TelegramSelf> {
    const { store, notifiers } = this.#deps;
    return {
      bots: [...this.#bots].map(([id, { bot }]) => ({
        ...{ id, name: notifiers.definition(id).name, username: bot.username ?? null },
      })),
      bindings: (await store.bindings(userId)).map((binding) => ({ ...binding })),
    };
  }

  /**
   * A code by which its user is bound. A binding gives lasting rights as an API token does, so it asks for the same. Throws
   * FORBIDDEN for a token, which would get more rights than it has, and STEP_UP_NEEDED.
   */
  async makeCode(actor: Actor): Promise<{ readonly code: string; readonly expiresAt: Instant }> {
    if (actor.kind !== "session")
      throw new MusterError("FORBIDDEN", { message: "Only a signed-in person can do this, not a token." });
    const change = { name: "telegram.make-code", right: "tokens.write", target: actor.user.name, args: {} } as const;
    return this.#deps.bus.change(actor, "http", change, async () => this.#codes.make(actor.user.id));
  }

  async unbind(actor: Exclude<Actor, { kind: "console" }>): Promise<void> {
    const change = { name: "telegram.unbind", right: "self.write", target: actor.user.name, args: {} } as const;
    await this.#deps.bus.change(actor, "http", change, () => this.#deps.store.unbind(actor.user.id));
  }

  /** What Telegram brings. Throws NOT_FOUND where nothing is to be brought, UNAUTHENTICATED for a wrong secret. */
  async hear(id: string, secret: string | undefined, given: unknown): Promise<void> {
    const running = this.#bots.get(id);
    const kept = running?.isByWebhook === true ? await this.#deps.store.webhookSecret(id) : undefined;
    if (running === undefined || kept === undefined) throw new MusterError("NOT_FOUND");
    if (secret === undefined || !equalBytes(Buffer.from(secret), Buffer.from(kept)))
      throw new MusterError("UNAUTHENTICATED");
    const update = parseUpdate(given);
    if (update !== undefined) await running.bot.take([update]);
  }

  #renew(id: string): void {
    this.#turn = this.#turn
      .then(async () => {
        await this.#end(id);
        if (this.#isStopped) return;
        for (const next of [id, ...this.#waiting]) await this.#begin(next);
      })
      .catch((error: unknown) => {
        this.#deps.log.error("a Telegram bot could not begin", { notifierId: id, error });
        this.#deps.notifiers.noteTrouble(id, "its bot could not begin; the hub's log has the cause");
      });
  }

  async #end(id: string): Promise<void> {
    const running = this.#bots.get(id);
    this.#bots.delete(id);
    await running?.source.stop();
    await running?.bot.stop();
  }

  async #begin(id: string): Promise<void> {
    const { notifiers, secrets, store, commands, bus, offersOf, wayOf, clock, random, log } = this.#deps;
    this.#waiting.delete(id);
    if (!notifiers.has(id)) return;
    const { kind, name, isEnabled, settings: told } = notifiers.definition(id);
    if (kind !== "telegram" || !isEnabled || told["commands"] !== true) return;
    const opened = await secrets.opened(id);
    if (opened?.secret === undefined) return;
    const { secret: token, known } = opened;
    const settings = known.settings as unknown as NotifierSettingsOf<"telegram">;
    const account = token.split(":", 1)[0]!;
    if ([...this.#bots.values()].some((running) => running.account === account)) {
      // Both would take each other's updates away.
      this.#waiting.add(id);
      notifiers.noteTrouble(id, "another notifier has the same bot: commands can be on at one of them");
      return;
    }
    await store.open(id, account);
    const way = wayOf(known, token);
    const api = new TelegramApi({ way, token, apiUrl: settings.apiUrl, ca: settings.ca });
    const voice = new BotVoice({ api, pace: new ChatPace({ clock }), clock, log });
    const bot = new Bot(
      { store, codes: this.#codes, commands, voice, bus, offersOf, clock, log },
      { id, name, chatId: settings.chatId },
    );
    const webhookUrl = settings.webhook ? this.#webhookUrl(id, name) : undefined;
    const trouble = (detail: string | undefined): void => notifiers.noteTrouble(id, detail);
    const source = new UpdatesSource({ api, bot, store, clock, random, log, trouble }, { botId: id, webhookUrl });
    this.#bots.set(id, { bot, source, isByWebhook: webhookUrl !== undefined, account });
    source.start();
  }

  /** Telegram calls public https addresses only; without one updates are fetched, which needs none. */
  #webhookUrl(id: string, name: string): string | undefined {
    const url = this.#deps.hubUrl();
    if (url.startsWith("https:")) return `${url}/api/v1/telegram/${id}`;
    this.#deps.log.warn("the hub has no https address, so Telegram's updates are fetched", { notifier: name });
    return undefined;
  }
}
