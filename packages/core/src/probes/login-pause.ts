import { MINUTE_MS } from "../time.ts";

const FIRST_MS = 10 * MINUTE_MS;
const LONGEST_MS = 160 * MINUTE_MS;

/**
 * Keeps a refused password from being tried again and again, which locks accounts and fills logs: each refusal is
 * followed by a longer pause. It lives with its probe, so that another password is tried at once. Times are of a
 * monotonic clock.
 */
export class LoginPause {
  #why = "";
  #untilMs = -Infinity;
  #lengthMs = FIRST_MS;

  refused(nowMs: number, why = "the sign-in was refused"): void {
    this.#why = why;
    this.#untilMs = nowMs + this.#lengthMs;
    this.#lengthMs = Math.min(2 * this.#lengthMs, LONGEST_MS);
  }

  accepted(): void {
    this.#untilMs = -Infinity;
    this.#lengthMs = FIRST_MS;
  }

  /** How long nobody may try from now on; 0: it may be tried. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs);
  }

  /** What to say in place of trying; undefined when it may be tried. */
  sentence(nowMs: number): string | undefined {
    const leftMs = this.leftMs(nowMs);
    if (leftMs === 0) return undefined;
    const minutes = Math.ceil(leftMs / MINUTE_MS);
    return `${this.#why}; change its settings or its secret, or wait ${minutes} ${minutes === 1 ? "minute" : "minutes"} until it is tried again`;
  }
}
