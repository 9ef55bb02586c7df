import { MINUTE_MS } from "@muster/core";
import type { Clock, Instant } from "@muster/core";
import { randomBytes } from "node:crypto";
import { sha256Hex } from "@muster/node-kit";
import { Throttle } from "../access/throttle.ts";

/** So long a code can be used. */
export const CODE_MS = 10 * MINUTE_MS;
/** Letters and digits that nobody takes for others; 32, so that each byte gives one without a bias. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const CODE_LENGTH = 12;
/** Tries of one person of Telegram; of 60 bits nobody finds one so. */
const TRIES = { burst: 5, perMinute: 0.5 };

/** One-time codes by which somebody in a chat shows to be a user. In memory only: the hub's end is theirs, too. */
export class BindingCodes {
  readonly #clock: Clock;
  /** By the hash of the code, so that looking one up says nothing about others. */
  readonly #codes = new Map<string, { readonly userId: string; readonly untilMono: number }>();
  readonly #throttle: Throttle;

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
    this.#throttle = new Throttle(deps);
  }

  /** A new code of a user; an earlier one ends. */
  make(userId: string): { readonly code: string; readonly expiresAt: Instant } {
    for (const [hash, { userId: of }] of this.#codes) if (of === userId) this.#codes.delete(hash);
    const code = [...randomBytes(CODE_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
    this.#codes.set(sha256Hex(code), { userId, untilMono: this.#clock.monotonic() + CODE_MS });
    return { code, expiresAt: this.#clock.now() + CODE_MS };
  }

  /** Whose code it is: it is spent with that. `too-often`: this person has tried too many. */
  spend(code: string, telegramId: number): { readonly userId: string } | "wrong" | "too-often" {
    if (this.#throttle.take(TRIES, [String(telegramId)]) !== undefined) return "too-often";
    const hash = sha256Hex(code);
    const found = this.#codes.get(hash);
    this.#codes.delete(hash);
    return found === undefined || found.untilMono <= this.#clock.monotonic() ? "wrong" : { userId: found.userId };
  }
}
