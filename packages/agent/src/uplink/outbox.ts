import { deflateRawSync } from "node:zlib";
import { hasSequence } from "@muster/core";
import type { Cancellable, Clock, SequenceRanges } from "@muster/core";
import { AGENT_LIMITS } from "@muster/protocol";
import type { Round } from "@muster/host";
import { batchFrame } from "../spool/batch.ts";
import type { Batch, Lane } from "../spool/batch.ts";
import type { Sequence } from "../spool/sequence.ts";
import type { Spool } from "../spool/spool.ts";

/** Places among the unacknowledged batches that back-fill leaves for what is live. */
const LIVE_PLACES = 16;
const BACKFILL_PLACES = AGENT_LIMITS.batchesInFlightMax - LIVE_PLACES;
/** An acknowledgement is asked for after so many live batches, or when the oldest has waited so long (PR33). */
const QUIET_BATCHES_MAX = 8;
const QUIET_MS_MAX = 18_000;
/** Plain bytes of one pack; the hub unfolds at most twice this. */
const PACK_BYTES_MAX = 2 * 1024 * 1024;
/** Sends wait when this much has not left the process: the link is slower than what it is given. */
const WAITING_BYTES_MAX = 512 * 1024;

/** Where batches go while a session is ready. */
export interface Sender {
  send(message: string | Uint8Array): void;
  readonly waitingBytes: number;
  /** This session has defined as many layouts as it may: begin another one. */
  renew(): void;
}

export interface OutboxDeps {
  readonly clock: Clock;
  readonly sequence: Sequence;
  readonly spool: Spool;
}

/**
 * Numbers every round and sees it to the hub: live while a session takes it, through the spool otherwise, live before
 * what waited. A batch leaves here only when the hub said it is durable, or by the spool's own bound.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  /** Sent live, not acknowledged; only memory has them until the session ends. */
  readonly #live = new Map<number, Batch>();
  /** When the first of those was sent that no acknowledgement was asked for since. */
  #quietSinceMs = 0;
  /** Sent from the spool, not acknowledged. */
  readonly #filling = new Set<number>();
  #fillingSinceMs = 0;
  #fillTimer: Cancellable | undefined;
  #sender: Sender | undefined;
  #layouts = new Map<string, number>();
  #holdUntilMs = Number.NEGATIVE_INFINITY;
  #unnumberedSamples = 0;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** The highest number given out. */
  get lastSeq(): number {
    return this.#deps.sequence.last;
  }

  /** The lowest number still here; one above the last when nothing waits. */
  get head(): number {
    const lowest = this.#deps.spool.lowestSeq ?? this.lastSeq + 1;
    return Math.min(lowest, ...this.#live.keys());
  }

  get droppedSamples(): number {
    return this.#deps.spool.droppedSamples + this.#unnumberedSamples;
  }

  take(round: Round): void {
    const seq = this.#deps.sequence.next();
    if (seq === undefined) {
      this.#unnumberedSamples += round.samples;
      return;
    }
    const batch: Batch = { seq, ...round };
    if (this.#sendLive(batch)) return;
    this.#deps.spool.append([batch]);
    // Not for long where there is a session: it only could not take this one at once.
    if (this.#sender !== undefined && this.#filling.size === 0 && this.#fillTimer === undefined) this.#fillLater(1_000);
  }

  /** A session is ready. `received` is what the hub holds durably. */
  begin(sender: Sender, received: SequenceRanges): void {
    this.#sender = sender;
    this.#layouts = new Map();
    this.#holdUntilMs = Number.NEGATIVE_INFINITY;
    this.#deps.sequence.raiseTo(received.at(-1)?.[1] ?? 0);
    this.#deps.spool.acknowledge(received);
    this.#fill();
  }

  /** The session ended: what it had not acknowledged waits on disk from now on. */
  end(): void {
    this.#sender = undefined;
    this.#fillTimer?.cancel();
    this.#fillTimer = undefined;
    this.#filling.clear();
    this.#deps.spool.append([...this.#live.values()]);
    this.#live.clear();
  }

  acknowledge(ranges: SequenceRanges): void {
    for (const seq of this.#live.keys()) if (hasSequence(ranges, seq)) this.#live.delete(seq);
    if (!this.#deps.spool.isEmpty) this.#deps.spool.acknowledge(ranges);
    if (this.#filling.size === 0) return;
    for (const seq of this.#filling) if (hasSequence(ranges, seq)) this.#filling.delete(seq);
    // Half of the time belongs to others: the next pack waits as long as this one took.
    if (this.#filling.size === 0) this.#fillLater(this.#deps.clock.monotonic() - this.#fillingSinceMs);
  }

  /** The hub cannot store now, and what was on its way may be lost to it: all of that waits here and goes again. */
  hold(forMs: number): void {
    this.#holdUntilMs = this.#deps.clock.monotonic() + forMs;
    this.#filling.clear();
    this.#deps.spool.append([...this.#live.values()]);
    this.#live.clear();
    this.#fillLater(forMs);
  }

  /** Once more after a quiet time: an acknowledgement that was lost must not stop back-fill for ever. */
  nudge(): void {
    if (this.#sender !== undefined && this.#filling.size === 0 && this.#fillTimer === undefined) this.#fill();
  }

  #sendLive(batch: Batch): boolean {
    const sender = this.#sender;
    if (sender === undefined || this.#isHeld() || sender.waitingBytes > WAITING_BYTES_MAX) return false;
    if (this.#live.size + this.#filling.size >= AGENT_LIMITS.batchesInFlightMax) return false;
    const isQuiet = this.#mayBeQuiet();
    const frame = this.#frameOf(batch, isQuiet ? "quiet" : "live");
    if (frame === undefined) return false;
    this.#live.set(batch.seq, batch);
    sender.send(frame);
    return true;
  }

  /** Whether the hub need not answer the next live batch at once. */
  #mayBeQuiet(): boolean {
    const nowMs = this.#deps.clock.monotonic();
    if (this.#live.size === 0) this.#quietSinceMs = nowMs;
    return this.#live.size + 1 < QUIET_BATCHES_MAX && nowMs - this.#quietSinceMs < QUIET_MS_MAX;
  }

  #isHeld(): boolean {
    return this.#deps.clock.monotonic() < this.#holdUntilMs;
  }

  /** Undefined when the session cannot define one more layout; a new session is on its way then. */
  #frameOf(batch: Batch, lane: Lane): string | undefined {
    const known = this.#layouts.get(batch.define);
    if (known !== undefined) return batchFrame(batch, known, false, lane);
    const layout = this.#layouts.size;
    if (layout >= AGENT_LIMITS.layoutsPerSessionMax) {
      this.#sender?.renew();
      return undefined;
    }
    this.#layouts.set(batch.define, layout);
    return batchFrame(batch, layout, true, lane);
  }

  #fillLater(delayMs: number): void {
    this.#fillTimer?.cancel();
    if (this.#sender === undefined) return;
    this.#fillTimer = this.#deps.clock.after(delayMs, () => {
      this.#fillTimer = undefined;
      this.#fill();
    });
  }

  /** Sends the next pack, unless one is under way. */
  #fill(): void {
    const { spool, clock } = this.#deps;
    const sender = this.#sender;
    if (sender === undefined || this.#filling.size > 0 || this.#isHeld() || spool.isEmpty) return;
    if (sender.waitingBytes > WAITING_BYTES_MAX) return this.#fillLater(1_000);
    const lines: string[] = [];
    let bytes = 0;
    for (const batch of spool.oldest(BACKFILL_PLACES, (seq) => this.#live.has(seq))) {
      const frame = this.#frameOf(batch, "late");
      if (frame === undefined) return;
      lines.push(frame);
      this.#filling.add(batch.seq);
      bytes += frame.length;
      if (bytes > PACK_BYTES_MAX) break;
    }
    if (lines.length === 0) return;
    this.#fillingSinceMs = clock.monotonic();
    sender.send(deflateRawSync(lines.join("\n")));
  }
}
