import { backoffMs, MINUTE_MS, SECOND_MS, wait } from "@muster/core";
import type { BackoffConfig, Clock, Logger, Random } from "@muster/core";
import { recordOf } from "../notify/send-json.ts";
import type { TelegramAnswer, TelegramApi } from "../notify/telegram-api.ts";
import type { Bot } from "./bot.ts";
import type { BotStore } from "./bot-store.ts";
import { parseUpdate } from "./telegram-update.ts";

export interface UpdatesSourceDeps {
  readonly api: TelegramApi;
  readonly bot: Pick<Bot, "take" | "apologize" | "username">;
  readonly store: BotStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Why updates do not come, for anybody; undefined: they do. */
  readonly trouble: (detail: string | undefined) => void;
}

export interface UpdatesSourceConfig {
  readonly botId: string;
  /** Where Telegram is to bring them; undefined: they are fetched. */
  readonly webhookUrl: string | undefined;
}

const BACKOFF: BackoffConfig = { firstMs: SECOND_MS, factor: 2, capMs: MINUTE_MS, floorMs: SECOND_MS };
/** Nothing else is asked for, so edits and posts of channels never even come. */
const ALLOWED = ["message", "callback_query"];
/** One question may wait at Telegram for so long. */
const POLL_SECONDS = 50;
const BATCH_MAX = 20;
const BATCH_BYTES_MAX = 2 * 1_024 * 1_024;
/** Whoever answers at once that there is nothing new is not asked again at once. */
const POLL_MS_LEAST = SECOND_MS;
/** Lines break: trouble is what fails so often in a row, or what no patience helps. */
const FAILURES_TOLD = 3;
const LASTING: readonly (number | undefined)[] = [401, 403, 404, 409];
const WEBHOOK_LOOK_MS = 10 * MINUTE_MS;
const WEBHOOK_CONNECTIONS = 4;

/** Brings a bot its updates, by asking for them or by a webhook, for as long as it runs. */
export class UpdatesSource {
  readonly #deps: UpdatesSourceDeps;
  readonly #config: UpdatesSourceConfig;
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;

  constructor(deps: UpdatesSourceDeps, config: UpdatesSourceConfig) {
    this.#deps = deps;
    this.#config = config;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is asked any more. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { bot, log } = this.#deps;
    await this.#insist(() => this.#meet());
    // What was interrupted is told before anything new is heard; that it cannot be told holds nothing up.
    await bot.apologize().catch((error: unknown) => log.error("a Telegram bot could not tell of its end", { error }));
    if (this.#config.webhookUrl === undefined) {
      await this.#insist(() => this.#dropWebhook());
      await this.#poll();
    } else await this.#keepWebhook(this.#config.webhookUrl);
  }

  /** Asks who the bot is, which also shows whether the token is good. */
  async #meet(): Promise<boolean> {
    const answer = await this.#ask("getMe");
    if (answer.failed !== undefined) return this.#failed(answer);
    const { username } = recordOf(answer.result);
    this.#deps.bot.username = typeof username === "string" ? username : undefined;
    return true;
  }

  /** While a webhook is set nothing can be fetched. Only one that this hub has set is taken away. */
  async #dropWebhook(): Promise<boolean> {
    const { store } = this.#deps;
    const { botId } = this.#config;
    if ((await store.webhookSecret(botId)) === undefined) return true;
    const answer = await this.#ask("deleteWebhook");
    if (answer.failed !== undefined) return this.#failed(answer);
    await store.forgetWebhookSecret(botId);
    return true;
  }

  async #poll(): Promise<void> {
    const { store, bot, clock } = this.#deps;
    const { botId } = this.#config;
    const { signal } = this.#ending;
    let isFollowUp = false;
    while (!signal.aborted) {
      const startedMs = clock.monotonic();
      let count = 0;
      const isAnswered = await this.#once(async () => {
        const offset = await store.nextUpdate(botId);
        const params = {
          ...{ limit: BATCH_MAX, timeout: POLL_SECONDS, allowed_updates: ALLOWED },
          ...(offset !== undefined && { offset }),
        };
        const answer = await this.#ask("getUpdates", params, isFollowUp);
        if (answer.failed !== undefined || !Array.isArray(answer.result)) return this.#failed(answer);
        const updates = answer.result.slice(0, BATCH_MAX).flatMap((one: unknown) => parseUpdate(one) ?? []);
        count = updates.length;
        await bot.take(updates);
        return this.#worked();
      });
      // An answer allows the next question; it is a question of its own only after a failure.
      isFollowUp = isAnswered;
      const shortMs = POLL_MS_LEAST - (clock.monotonic() - startedMs);
      if (isAnswered && count === 0 && shortMs > 0) await wait(clock, shortMs, signal);
    }
  }

  /** Sets the webhook with a secret of its own, and looks now and then whether it is still there and Telegram reaches it. */
  async #keepWebhook(url: string): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#ending;
    await this.#insist(() => this.#setWebhook(url));
    while (!signal.aborted) {
      await wait(clock, WEBHOOK_LOOK_MS, signal);
      await this.#once(async () => {
        const answer = await this.#ask("getWebhookInfo");
        if (answer.failed !== undefined) return this.#failed(answer);
        const { url: current, last_error_date: lastErrorAt } = recordOf(answer.result);
        if (current !== url) return this.#setWebhook(url);
        const isRecent = typeof lastErrorAt === "number" && lastErrorAt * 1_000 > clock.now() - WEBHOOK_LOOK_MS;
        this.#worked(isRecent ? "Telegram cannot bring updates to this hub's public address" : undefined);
        return true;
      });
    }
  }

  async #setWebhook(url: string): Promise<boolean> {
    const { store } = this.#deps;
    const { botId } = this.#config;
    // The same again after a restart: what is on its way meanwhile stays good.
    const secret = (await store.webhookSecret(botId)) ?? (await store.makeWebhookSecret(botId));
    const answer = await this.#ask("setWebhook", {
      ...{ url, secret_token: secret, max_connections: WEBHOOK_CONNECTIONS, allowed_updates: ALLOWED },
    });
    return answer.failed === undefined ? this.#worked() : this.#failed(answer);
  }

  #ask(method: string, params: Readonly<Record<string, unknown>> = {}, isFollowUp = false): Promise<TelegramAnswer> {
    const how = { method, params, isFollowUp, bodyBytesMax: BATCH_BYTES_MAX };
    return this.#deps.api.call(how, this.#ending.signal);
  }

  /** Again and again until it works, or this ends. */
  async #insist(work: () => Promise<boolean>): Promise<void> {
    while (!this.#ending.signal.aborted && !(await this.#once(work)));
  }

  /** One try, and after a failure a pause. Never throws. */
  async #once(work: () => Promise<boolean>): Promise<boolean> {
    const { log, clock, random } = this.#deps;
    const { signal } = this.#ending;
    this.#waitMs = 0;
    try {
      if (await work()) return true;
    } catch (error) {
      // The storage: what was fetched was not taken in, and comes again.
      log.error("updates of a Telegram bot could not be taken in", { error });
    }
    if (signal.aborted) return false;
    await wait(clock, Math.max(backoffMs(BACKOFF, this.#failures++, random), this.#waitMs), signal);
    return false;
  }
  #waitMs = 0;

  #failed({ failed, status }: TelegramAnswer): false {
    if (this.#ending.signal.aborted) return false;
    this.#waitMs = failed?.waitMs ?? 0;
    const isTold = LASTING.includes(status) || this.#failures + 1 >= FAILURES_TOLD;
    const detail =
      status === 409
        ? "another program fetches the commands of this bot, or a webhook is set"
        : `commands cannot be fetched: ${failed?.detail ?? "what answers is not Telegram"}`;
    if (isTold) this.#deps.trouble(detail);
    return false;
  }

  #worked(trouble?: string): true {
    this.#failures = 0;
    this.#deps.trouble(trouble);
    return true;
  }
}
