import { addSequences, hasSequence, wait } from "@muster/core";
import type { SequenceRanges } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import { joinAs, ScriptedAgent } from "@muster/testkit";
import type { ScriptedIdentity } from "@muster/testkit";

/**
 * An agent that keeps books: which batches it made, which of them the hub said are durable. Batch n is one sample of
 * value n, so that count and sum over all of them tell whether each is there once. It comes back by itself, without any
 * pause, and sends again what was not acknowledged.
 */
export class LedgerAgent {
  readonly identity: ScriptedIdentity;
  readonly #hub: string;
  readonly #batchMs: number;
  readonly #waiting = new Map<number, number>();
  acknowledged: SequenceRanges = [];
  #lastSeq = 0;
  #newestAt = 0;
  #isStopping = false;
  #running: Promise<void> | undefined;
  sessions = 0;

  constructor(hub: string, identity: ScriptedIdentity, batchMs: number) {
    this.#hub = hub;
    this.identity = identity;
    this.#batchMs = batchMs;
  }

  static async join(hub: string, token: string, name: string, batchMs: number): Promise<LedgerAgent> {
    return new LedgerAgent(hub, await joinAs(hub, token, name), batchMs);
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  start(): void {
    this.#isStopping = false;
    this.#running = this.#run();
  }

  /** Makes no more batches, but goes on until everything is acknowledged. */
  async finish(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping || this.#waiting.size > 0) {
      try {
        await this.#session();
      } catch {
        // The hub is away; the next attempt tells when it is back.
        await pause(20);
      }
    }
  }

  async #session(): Promise<void> {
    await using agent = await ScriptedAgent.open(this.#hub);
    const ready = await agent.authenticate(this.identity, { lastSeq: this.#lastSeq, intervalMs: 1_000 });
    this.sessions++;
    // What the hub says that it holds counts as an acknowledgement: it must never take it back.
    this.#settle(ready.received);
    const define = [{ metric: "ledger_value" }];
    let isDefined = false;
    const send = (seq: number, at: number, late: boolean): void => {
      const layout = isDefined ? {} : { define };
      agent.send({ t: "batch", seq, layout: 0, ...layout, rows: [[at, seq]], late });
      isDefined = true;
    };
    for (const [seq, at] of this.#waiting) send(seq, at, true);
    let heard = 0;
    while (agent.closed === undefined && (!this.#isStopping || this.#waiting.size > 0)) {
      for (; heard < agent.frames.length; heard++) {
        const frame = agent.frames[heard]!;
        if (frame.t === "ack") this.#settle(frame.seqs);
      }
      if (!this.#isStopping && this.#waiting.size < 60) {
        // Instants of a server's own batches never meet, or the store would rightly keep only the first.
        const at = Math.max(Date.now(), (this.#newestAt += 1));
        this.#newestAt = at;
        this.#waiting.set(++this.#lastSeq, at);
        send(this.#lastSeq, at, false);
      }
      await pause(this.#batchMs);
    }
  }

  #settle(ranges: SequenceRanges): void {
    for (const [first, last] of ranges) this.acknowledged = addSequences(this.acknowledged, first, last);
    for (const seq of this.#waiting.keys()) if (hasSequence(ranges, seq)) this.#waiting.delete(seq);
  }
}

const pause = (durationMs: number): Promise<void> => wait(systemClock, durationMs, new AbortController().signal);
