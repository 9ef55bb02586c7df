import { wait } from "@muster/core";
import type { Clock } from "@muster/core";
import { Throttle } from "../access/throttle.ts";

/** What Telegram allows: about one message a second in a chat, twenty a minute in a group. */
const PRIVATE = { burst: 3, perMinute: 60 };
const GROUP = { burst: 5, perMinute: 15 };

/** Lets messages to each chat go no faster than they may; in order, as they were asked for. */
export class ChatPace {
  readonly #clock: Clock;
  readonly #throttle: Throttle;
  readonly #lines = new Map<number, Promise<void>>();

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
    this.#throttle = new Throttle(deps);
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
      const waitMs = this.#throttle.take(chatId < 0 ? GROUP : PRIVATE, [String(chatId)]);
      if (waitMs === undefined) return;
      await wait(this.#clock, waitMs, signal);
    }
  }
}
