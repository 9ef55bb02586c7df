import { DAY_MS, MINUTE_MS } from "@muster/core";

const FIRST_MS = 10 * MINUTE_MS;

/** Keeps a refused password from being tried again and again: each refusal doubles the pause, from ten minutes to a day. */
export class LoginPause {
  #refusals = 0;
  #untilMs = -Infinity;

  /** How long nobody may log in from now on; 0: at once. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs);
  }

  refused(nowMs: number): void {
    this.#untilMs = nowMs + Math.min(DAY_MS, FIRST_MS * 2 ** Math.min(this.#refusals++, 20));
  }

  accepted(): void {
    this.#refusals = 0;
  }
}
