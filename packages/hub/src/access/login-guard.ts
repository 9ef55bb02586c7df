import { MusterError } from "@muster/core";
import type { Clock, RateLimit } from "@muster/core";
import { Throttle, throttleAddress } from "./throttle.ts";
import type { UserStore, UserView } from "./users.ts";

/** Tries of one address, whichever account. */
const PER_ADDRESS: RateLimit = { burst: 10, perMinute: 6 };
/** Tries at one account from one address. */
const PER_PAIR: RateLimit = { burst: 10, perMinute: 4 };
/**
 * Tries at one account from all addresses together that never signed in to it. Several times what one address may do,
 * so that a single stranger cannot use it up and keep the owner out.
 */
const PER_ACCOUNT: RateLimit = { burst: 60, perMinute: 30 };
/**
 * Tries from all addresses that never signed in, whichever account. Below what the hasher can do, so that its waiting
 * line stays short whoever owns how many addresses.
 */
const STRANGERS: RateLimit = { burst: 200, perMinute: 600 };
const KNOWN_MAX = 10_000;

/** The throttle before any password is hashed. */
export class LoginGuard {
  readonly #users: UserStore;
  readonly #throttle: Throttle;
  /** Pairs of account and address that signed in before: they have a bucket of their own. */
  readonly #known = new Set<string>();

  constructor(deps: { readonly users: UserStore; readonly clock: Clock }) {
    this.#users = deps.users;
    this.#throttle = new Throttle(deps);
  }

  /** Throws RATE_LIMITED. */
  checkAddress(address: string): Promise<void> {
    return this.#take(PER_ADDRESS, `address ${throttleAddress(address)}`);
  }

  /** The user, or undefined for any wrong pair. Throws RATE_LIMITED before hashing. */
  async authenticate(name: string, password: string, address: string): Promise<UserView | undefined> {
    const from = throttleAddress(address);
    await this.checkAddress(address);
    const pair = `${name.slice(0, 64)} from ${from}`;
    await this.#take(PER_PAIR, `pair ${pair}`);
    if (!this.#known.has(pair)) {
      await this.#take(PER_ACCOUNT, `account ${name.slice(0, 64)}`);
      await this.#take(STRANGERS, "strangers");
    }
    const user = await this.#users.authenticate(name, password);
    if (user) {
      this.#known.delete(pair);
      this.#known.add(pair);
      if (this.#known.size > KNOWN_MAX) this.#known.delete(this.#known.values().next().value!);
    }
    return user;
  }

  async #take(limit: RateLimit, key: string): Promise<void> {
    const waitMs = this.#throttle.take(limit, [key]);
    if (waitMs !== undefined) throw new MusterError("RATE_LIMITED", { retryAfterMs: waitMs });
  }
}
