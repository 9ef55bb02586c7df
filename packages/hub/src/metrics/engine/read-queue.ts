import { MusterError } from "@muster/core";
import type { Line, ReadCalls, ReadJob, ReadOutcome } from "./calls.ts";
import { errorOf } from "./storage-failure.ts";

const WAITING_READS_MAX = 1_000;
const RETRY_AFTER_MS = 1_000;

interface Waiting {
  readonly job: ReadJob;
  /** Shared with the thread: 1 tells it to stop. */
  readonly abortFlag: Int32Array;
  settle(outcome: ReadOutcome): void;
  reject(error: unknown): void;
}

/** One reading after the other, in the order in which they were asked. */
export class ReadQueue {
  readonly #line: Line;
  #isClosed = false;
  #waiting: Waiting[] = [];
  #run: Promise<void> | undefined;

  constructor(line: Line) {
    this.#line = line;
  }

  async ask<K extends keyof ReadCalls>(
    kind: K,
    ask: ReadCalls[K]["ask"],
    signal?: AbortSignal,
  ): Promise<ReadCalls[K]["answer"]> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw new MusterError("STARTING");
    if (this.#waiting.length >= WAITING_READS_MAX) {
      throw new MusterError("RATE_LIMITED", { retryAfterMs: RETRY_AFTER_MS });
    }
    const { promise, resolve, reject } = Promise.withResolvers<ReadCalls[K]["answer"]>();
    const waiting: Waiting = {
      job: { kind, ...ask } as unknown as ReadJob,
      abortFlag: new Int32Array(new SharedArrayBuffer(4)),
      settle(outcome) {
        if (outcome.is === "done") resolve(outcome.answer as ReadCalls[K]["answer"]);
        else reject(errorOf(outcome.failure));
      },
      reject,
    };
    const abort = (): void => {
      Atomics.store(waiting.abortFlag, 0, 1);
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#waiting.push(waiting);
    this.#run ??= this.#answerAll();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Resolves when everything asked is answered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#run;
  }

  async #answerAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        next.settle((await this.#line.ask({ is: "read", job: next.job, abortFlag: next.abortFlag })) as ReadOutcome);
      } catch (error) {
        next.reject(error);
      }
    }
    this.#run = undefined;
  }
}
