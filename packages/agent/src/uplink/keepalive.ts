import type { Clock } from "@muster/core";
import { KEEPALIVE_MS } from "@muster/protocol";
import type { Channel } from "./channel.ts";

/**
 * Notices a connection that is dead without having said so. It has no timer: it is asked at every round, and asks the
 * hub only when nothing came for a while.
 */
export class Keepalive {
  readonly #clock: Clock;
  readonly #channel: Channel;
  #heardMs: number;
  #askedMs: number | undefined;

  constructor(clock: Clock, channel: Channel) {
    this.#clock = clock;
    this.#channel = channel;
    this.#heardMs = clock.monotonic();
  }

  /** `dead`: asked, and no answer in the time for one. */
  check(): "alive" | "dead" {
    const nowMs = this.#clock.monotonic();
    if (this.#channel.heardSince()) {
      this.#heardMs = nowMs;
      this.#askedMs = undefined;
    } else if (this.#askedMs !== undefined) {
      if (nowMs - this.#askedMs >= KEEPALIVE_MS) return "dead";
    } else if (nowMs - this.#heardMs >= KEEPALIVE_MS) {
      this.#askedMs = nowMs;
      this.#channel.ping();
    }
    return "alive";
  }

  /** Asks now, for there is reason to think that the hub is gone: it has this long to say a word. */
  doubt(withinMs: number, judged: (verdict: "alive" | "dead") => void): void {
    this.check();
    const askedMs = this.#clock.monotonic();
    this.#channel.ping();
    this.#clock.after(withinMs, () => {
      this.check();
      judged(this.#heardMs > askedMs ? "alive" : "dead");
    });
  }
}
