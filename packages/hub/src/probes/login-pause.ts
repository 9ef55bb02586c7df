import { HOUR_MS, MINUTE_MS } from "@muster/core";

const FIRST_MS = 10 * MINUTE_MS;
const LONGEST_MS = 24 * HOUR_MS;

/**
 * Holds logins back after one was refused, so that a wrong password neither fills the server's log nor locks the
 * account: ten minutes, then twice as long each time. New settings or another secret make a new probe, which tries at once.
 */
export class LoginPause {
  #refusedWhy: string | undefined;
  #pauseMs = 0;
  #untilMs = 0;

  /** Why there must be no login now; undefined when there may be one. `nowMs` is monotonic. */
  why(nowMs: number): string | undefined {
    if (this.#refusedWhy === undefined || nowMs >= this.#untilMs) return undefined;
    const minutes = Math.ceil((this.#untilMs - nowMs) / MINUTE_MS);
    return `${this.#refusedWhy}; not tried again for ${minutes} min, or until its settings or its secret change`;
  }

  refused(why: string, nowMs: number): void {
    this.#refusedWhy = why;
    this.#pauseMs = this.#pauseMs === 0 ? FIRST_MS : Math.min(this.#pauseMs * 2, LONGEST_MS);
    this.#untilMs = nowMs + this.#pauseMs;
  }

  letIn(): void {
    this.#refusedWhy = undefined;
    this.#pauseMs = 0;
  }
}
