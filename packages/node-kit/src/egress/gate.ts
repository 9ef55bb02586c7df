import { lookup } from "node:dns";
import type { LookupAddress } from "node:dns";
import { isIP } from "node:net";
import type { LookupFunction } from "node:net";
import { takeToken } from "@muster/core";
import type { Bucket, Clock } from "@muster/core";
import { addressVerdict } from "./address-verdict.ts";
import { EgressRefusal } from "./failure.ts";
import { isOpened, targetText } from "./target.ts";
import type { EgressTarget } from "./target.ts";

/** What goes out, and so which list opens what is blocked otherwise. */
export type EgressPurpose = "probe" | "pull" | "notifier" | "oidc" | "ssh" | "check" | "agent";

/** All addresses of a name. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly LookupAddress[]>;

export interface EgressDeps {
  readonly clock: Clock;
  /** Names to addresses; the system's own way unless told. */
  readonly resolve?: Resolve;
  /** Listeners of this very program, which never open. */
  readonly isOwn?: (address: string, port: number) => boolean;
  /** Attempts at one target for one purpose, and of one `account`, within a minute; 120 unless told. */
  readonly attemptsPerMinuteMax?: number;
}

export interface Passage {
  readonly purpose: EgressPurpose;
  /** `host:port` that this purpose may reach although its address is blocked. */
  readonly opened: readonly string[];
  /**
   * Whose attempts are counted by themselves, because what is asked for was set up to be asked for again and again: many
   * such may lie behind one address. Left out, all attempts at a target are counted together.
   */
  readonly account?: string;
}

const ATTEMPTS_PER_MINUTE = 120;
const BUCKETS_MAX = 10_000;

/** Decides, at each connection, where it may go: the address that is checked is the one that is connected to. */
export class Gate {
  readonly #deps: EgressDeps;
  readonly #buckets = new Map<string, Bucket>();

  constructor(deps: EgressDeps) {
    this.#deps = deps;
  }

  /** Counts one attempt. Throws EgressRefusal when there were too many. */
  count({ purpose, account = "" }: Passage, target: EgressTarget): void {
    const perMinute = this.#deps.attemptsPerMinuteMax ?? ATTEMPTS_PER_MINUTE;
    const name = `${purpose} ${targetText(target)} ${account}`;
    const nowMs = this.#deps.clock.monotonic();
    const verdict = takeToken({ burst: perMinute, perMinute }, this.#buckets.get(name), nowMs);
    // A bucket untouched for a minute is full again and need not be kept.
    if (this.#buckets.size >= BUCKETS_MAX)
      for (const [other, bucket] of this.#buckets) if (bucket.atMs < nowMs - 60_000) this.#buckets.delete(other);
    if (this.#buckets.size < BUCKETS_MAX || this.#buckets.has(name)) this.#buckets.set(name, verdict.bucket);
    if (!verdict.ok) throw new EgressRefusal("rate-limited");
  }

  /** Every address of a target, each of which may be connected to. One that may not refuses them all. */
  async addresses(target: EgressTarget, passage: Passage, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const family = isIP(target.host);
    const found = family === 0 ? await this.#resolve(target.host, signal) : [{ address: target.host, family }];
    if (found.length === 0) throw new EgressRefusal("name-not-found");
    for (const { address } of found) this.check(address, target, passage);
    return found;
  }

  /** Throws EgressRefusal unless this address may be connected to for this target. */
  check(address: string, target: EgressTarget, { opened }: Passage): void {
    const { is } = addressVerdict(address);
    if (is === "never" || this.#deps.isOwn?.(address, target.port) === true) throw new EgressRefusal("blocked");
    if (is === "blocked" && !isOpened(target, opened)) throw new EgressRefusal("blocked");
  }

  /** Throws EgressRefusal unless exactly this target is opened: for connections that begin on another machine. */
  checkOpened(target: EgressTarget, { opened }: Passage): void {
    const { is } = addressVerdict(target.host);
    if ((isIP(target.host) !== 0 && is === "never") || !isOpened(target, opened)) throw new EgressRefusal("blocked");
  }

  /** For sockets: hands out checked addresses only, so that a name that changes its mind gains nothing. */
  lookupOf(target: EgressTarget, passage: Passage, signal: AbortSignal): LookupFunction {
    return (_host, options, callback) => {
      this.addresses(target, passage, signal).then(
        (found) => {
          const first = found[0]!;
          if (options.all === true) callback(null, [...found]);
          else callback(null, first.address, first.family);
        },
        (error: unknown) => callback(error as NodeJS.ErrnoException, "", 0),
      );
    };
  }

  async #resolve(host: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const { resolve = resolveBySystem } = this.#deps;
    return resolve(host, signal);
  }
}

/** As every program of this machine finds names. The system's question itself cannot be taken back; its answer is dropped. */
const resolveBySystem: Resolve = (host, signal) =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    lookup(host, { all: true }, (error, found) => {
      signal.removeEventListener("abort", abort);
      if (error) reject(error);
      else resolve(found);
    });
  });
