import { takeToken } from "@muster/core";
import type { Bucket, Clock, RateLimit } from "@muster/core";

const KEYS_MAX = 50_000;

/** Token buckets by key, bounded: full buckets are forgotten, and beyond the bound the oldest key goes. */
export class Throttle {
  readonly #buckets = new Map<string, Bucket>();
  readonly #clock: Clock;

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
  }

  /** Takes one token of each key's bucket; milliseconds to wait when one is empty, else undefined. */
  take(limit: RateLimit, keys: readonly string[]): number | undefined {
    const now = this.#clock.monotonic();
    let waitMs: number | undefined;
    for (const key of keys) {
      const verdict = takeToken(limit, this.#buckets.get(key), now);
      this.#buckets.delete(key);
      this.#buckets.set(key, verdict.bucket);
      if (!verdict.ok) waitMs = Math.max(waitMs ?? 0, verdict.retryAfterMs);
    }
    while (this.#buckets.size > KEYS_MAX) this.#buckets.delete(this.#buckets.keys().next().value!);
    return waitMs;
  }
}

/** The address as a throttle sees it: one IPv6 customer has a /64, so that is one address. */
export function throttleAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter(Boolean);
  const after = tail?.split(":").filter(Boolean) ?? [];
  const filled =
    tail === undefined
      ? groups
      : [...groups, ...Array<string>(Math.max(0, 8 - groups.length - after.length)).fill("0"), ...after];
  return `${filled
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
