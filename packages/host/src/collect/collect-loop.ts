import type { Cancellable, Clock, Instant, Logger } from "@muster/core";
import type { Collector, CollectorConfig, CollectorKind } from "../collector.ts";
import type { Host } from "../host.ts";
import { AGENT_LIMITS, FOCUS_INTERVAL_MS } from "@muster/protocol";
import { Block } from "./block.ts";
import { RoundWriter } from "./round.ts";
import type { Round } from "./round.ts";

/** No round for longer than this between two looks of those who hang on the loop. */
const TICK_MS_MAX = 25_000;

export interface CollectLoopDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly host: Host;
  readonly kinds: readonly CollectorKind[];
  /** Takes a finished round. */
  readonly take: (round: Round) => void;
  /** Called at the end of every turn of the one timer, also when nothing was collected. */
  readonly tick?: () => void;
}

interface Slot {
  readonly kind: CollectorKind;
  readonly collector: Collector;
  readonly block: Block;
  nextDueMs: number;
  failing: boolean;
  busy: boolean;
}

/**
 * Collects a round every `intervalMs` by one timer that is set on the grid of the monotonic clock, so that it does not
 * drift; slower collectors join the rounds in which they are due.
 */
export class CollectLoop {
  readonly #deps: CollectLoopDeps;
  readonly #slots: readonly Slot[];
  readonly #writer: RoundWriter;
  readonly #stopping = new AbortController();
  #intervalMs: number;
  #focusUntilMs = 0;
  #gridMs: number;
  #timer: Cancellable | undefined;
  /** The round whose collectors have not all ended. */
  #open: { readonly at: Instant } | undefined;
  #failures = 0;

  constructor(config: CollectorConfig & { readonly intervalMs: number }, deps: CollectLoopDeps) {
    this.#deps = deps;
    this.#intervalMs = config.intervalMs;
    this.#gridMs = deps.clock.monotonic();
    const { clock, log, host } = deps;
    const room = { left: AGENT_LIMITS.seriesPerLayoutMax };
    this.#slots = deps.kinds.map((kind): Slot => {
      const collector = kind.create(config, { host, clock, log });
      return { kind, collector, block: new Block(room), nextDueMs: 0, failing: false, busy: false };
    });
    this.#writer = new RoundWriter(this.#slots.map((slot) => slot.block));
  }

  /** Rounds of collectors that failed or came too late since the start. */
  get failures(): number {
    return this.#failures;
  }

  get intervalMs(): number {
    return this.#isFocused() ? Math.min(FOCUS_INTERVAL_MS, this.#intervalMs) : this.#intervalMs;
  }

  start(): void {
    this.#schedule(0);
  }

  /** From the next turn on. */
  setInterval(intervalMs: number): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    this.#restart();
  }

  /** A reading a second until the lease ends; a new call renews it. */
  focus(forMs: number): void {
    const wasFocused = this.#isFocused();
    this.#focusUntilMs = this.#deps.clock.monotonic() + forMs;
    if (!wasFocused) this.#restart();
  }

  /** Every collector joins the next round, also one that is not due. */
  refresh(): void {
    for (const slot of this.#slots) slot.nextDueMs = 0;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    for (const { collector } of this.#slots) await collector.close?.();
  }

  #isFocused(): boolean {
    return this.#deps.clock.monotonic() < this.#focusUntilMs;
  }

  #restart(): void {
    if (this.#stopping.signal.aborted || this.#timer === undefined) return;
    this.#timer.cancel();
    this.#gridMs = this.#deps.clock.monotonic();
    this.#schedule(this.intervalMs);
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#deps.clock.after(Math.min(delayMs, TICK_MS_MAX), () => this.#turn());
  }

  #turn(): void {
    const { clock } = this.#deps;
    const nowMs = clock.monotonic();
    // A timer may fire a little early; what is due within a tenth of an interval is due.
    if (nowMs >= this.#gridMs - this.intervalMs / 10) {
      const missed = Math.max(0, Math.floor((nowMs - this.#gridMs) / this.intervalMs));
      this.#gridMs += (missed + 1) * this.intervalMs;
      this.#begin(nowMs);
    } else {
      this.#deps.tick?.();
    }
    if (!this.#stopping.signal.aborted) this.#schedule(Math.max(1, this.#gridMs - clock.monotonic()));
  }

  #begin(nowMs: number): void {
    // Whoever has not ended by the next round is late. No deadline of its own: a timer that is cancelled still wakes
    // the process, and twelve times a minute is what a whole agent may.
    if (this.#open !== undefined) this.#finish(this.#open);
    const round = { at: Math.floor(this.#deps.clock.now()) };
    this.#open = round;
    const running: Promise<void>[] = [];
    for (const slot of this.#slots) {
      // Half an interval early is nearer to its time than half an interval late.
      const isDue = !slot.busy && nowMs >= slot.nextDueMs - this.intervalMs / 2;
      slot.block.begin(isDue);
      if (!isDue) continue;
      slot.nextDueMs = nowMs + slot.kind.everyMs;
      running.push(this.#collectOne(slot));
    }
    void Promise.all(running).then(() => this.#finish(round));
  }

  #finish(round: { readonly at: Instant }): void {
    if (this.#open !== round || this.#stopping.signal.aborted) return;
    this.#open = undefined;
    for (const slot of this.#slots) if (slot.busy) this.#fail(slot, new Error("has not answered in time"));
    try {
      const written = this.#writer.write(round.at);
      if (written !== undefined) this.#deps.take(written);
      this.#deps.tick?.();
    } catch (error) {
      this.#deps.log.error("a round could not be handed on", { error });
    }
  }

  async #collectOne(slot: Slot): Promise<void> {
    slot.busy = true;
    try {
      await slot.collector.collect(slot.block, this.#stopping.signal);
      slot.block.commit();
      if (slot.failing) this.#deps.log.info("a collector works again", { collector: slot.kind.name });
      slot.failing = false;
    } catch (error) {
      this.#fail(slot, error);
    } finally {
      slot.busy = false;
    }
  }

  #fail(slot: Slot, error: unknown): void {
    slot.block.discard();
    this.#failures++;
    if (slot.failing || this.#stopping.signal.aborted) return;
    slot.failing = true;
    this.#deps.log.warn("a collector failed", { collector: slot.kind.name, error });
  }
}
