import { DAY_MS, HOUR_MS } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import type { ReadyBody } from "@muster/protocol";
import type { Membership } from "../wire/membership.ts";

/** A key older than this is replaced. */
const KEY_AGE_MS_MAX = 90 * DAY_MS;

export interface HubMemoryDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** Keeps what was learned; called rarely. */
  readonly save: (known: Membership) => void;
}

/** What this agent knows of its hub, growing from session to session and kept now and then. */
export class HubMemory {
  readonly #deps: HubMemoryDeps;
  #known: Membership;
  #savedAtMs: number;

  constructor(known: Membership, deps: HubMemoryDeps) {
    this.#deps = deps;
    this.#known = known;
    this.#savedAtMs = deps.clock.monotonic();
  }

  get known(): Membership {
    return this.#known;
  }

  get isKeyOld(): boolean {
    return this.keyAgeMs > KEY_AGE_MS_MAX;
  }

  get keyAgeMs(): number {
    return this.#deps.clock.now() - this.#known.keyMadeAt;
  }

  /** A session is ready; `isNewKey` when it is the first one that was proved by its key. */
  learnReady(ready: ReadyBody, isNewKey: boolean): void {
    const known = this.#known;
    this.#known = {
      ...known,
      ...(isNewKey ? { keyMadeAt: this.#deps.clock.now() } : {}),
      epoch: Math.max(known.epoch, ready.epoch),
      auditHead: ready.auditHead || known.auditHead,
      hubTimeSeenAt: Math.max(known.hubTimeSeenAt, ready.now),
    };
  }

  /** The hub signed where its audit chain stands. One of an earlier epoch tells nothing new. */
  learnCheckpoint({ epoch, hash }: { readonly epoch: number; readonly hash: string }): void {
    if (epoch >= this.#known.epoch) this.#known = { ...this.#known, epoch, auditHead: hash };
  }

  /** The present key stays for another term. */
  renewKeyTerm(): void {
    this.#known = { ...this.#known, keyMadeAt: this.#deps.clock.now() };
  }

  /** True when an hour had passed, and it was saved. */
  saveHourly(): boolean {
    if (this.#deps.clock.monotonic() - this.#savedAtMs < HOUR_MS) return false;
    this.save();
    return true;
  }

  save(): void {
    this.#savedAtMs = this.#deps.clock.monotonic();
    try {
      this.#deps.save(this.#known);
    } catch (error) {
      this.#deps.log.warn("what was learned of the hub cannot be stored", { error });
    }
  }
}
