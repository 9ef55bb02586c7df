import { takeToken, wait } from "@muster/core";
import type { Bucket, Clock } from "@muster/core";

/** What Telegram allows: about one message a second in a chat, twenty a minute in a group. */
const PRIVATE = { burst: 3, perMinute: 60 };
const GROUP = { burst: 5, perMinute: 15 };
const CHATS_MAX = 10_000;

/** Lets messages to each chat go no faster than they may; in order, as they were asked for. */
export class ChatPace {
  readonly #clock: Clock;
  readonly #buckets = new Map<number, Bucket>();
  readonly #lines = new Map<number, Promise<void>>();

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
  }

  /** Resolves when the next message may leave, or with the signal. */
  turn(chatId: number, signal: AbortSignal): Promise<void> {
    const line = (this.#lines.get(chatId) ?? Promise.resolve()).then(() => this.#wait(chatId, signal));
    this.#lines.set(chatId, line);
    return line.finally(() => {
      if (this.#lines.get(chatId) === line) this.#lines.delete(chatId);
    });
  }

  async #wait(chatId: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Numbers of groups and channels are negative.
      const verdict = takeToken(chatId < 0 ? GROUP : PRIVATE, this.#buckets.get(chatId), this.#clock.monotonic());
      this.#buckets.delete(chatId);
      this.#buckets.set(chatId, verdict.bucket);
      if (this.#buckets.size > CHATS_MAX) this.#buckets.delete(this.#buckets.keys().next().value!);
      if (verdict.ok) return;
      await wait(this.#clock, verdict.retryAfterMs, signal);
    }
  }
}
