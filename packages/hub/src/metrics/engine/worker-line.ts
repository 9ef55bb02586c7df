import { Worker } from "node:worker_threads";
import { MusterError } from "@muster/core";
import type { Line, OpenedStore, OpenOutcome, ToWorker, WorkerConfig, WriteJob } from "./calls.ts";
import type { WriteAnswer, WriteLine, WriteOutcomes } from "./calls.ts";
import { SenderRegistry } from "./sender-registry.ts";
import { errorOf } from "./storage-failure.ts";
import { packWrites, unpackOutcomes } from "./write-message.ts";

/** What the threads make lives for one question; without a bound their heaps grow by what they could do without. */
const YOUNG_MB = 8;

/** A thread that answers one question at a time. It begins to load with the constructor. */
export class WorkerLine implements Line {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #asked: PromiseWithResolvers<unknown> | undefined;
  #death: MusterError | undefined;

  constructor(workerUrl: URL, config: WorkerConfig) {
    this.#worker = new Worker(workerUrl, {
      workerData: config,
      name: `metrics-${config.role}`,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on("message", (answer: unknown) => {
      const asked = this.#asked;
      this.#asked = undefined;
      asked?.resolve(answer);
    });
    this.#worker.on("error", (error) => this.#die(error));
    this.#ended = new Promise((resolve) => {
      this.#worker.on("exit", (code) => {
        this.#die(new Error(`the thread ended with code ${code}`));
        resolve();
      });
    });
  }

  get isAlive(): boolean {
    return this.#death === undefined;
  }

  /** Opens the file and answers what is in it; rejects with the reason why it cannot be opened. */
  async open(): Promise<OpenedStore> {
    const outcome = (await this.ask({ is: "open" })) as OpenOutcome;
    if (outcome.is === "failed") throw errorOf(outcome.failure);
    return outcome.answer;
  }

  /** What is in `transfer` is handed over, and empty here afterwards. */
  ask(message: ToWorker, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    this.#asked = Promise.withResolvers();
    this.#worker.postMessage(message, transfer);
    return this.#asked.promise;
  }

  /** Nothing may be asked and unanswered. */
  async close(): Promise<void> {
    if (this.isAlive) this.#worker.postMessage({ is: "close" } satisfies ToWorker);
    await this.#ended;
  }

  #die(cause: unknown): void {
    this.#death ??= new MusterError("STORAGE_FAILED", {}, cause);
    this.#asked?.reject(this.#death);
    this.#asked = undefined;
  }
}

/** The thread that writes: batches cross to it in one array. */
export class WriterWorkerLine extends WorkerLine implements WriteLine {
  readonly #senders = new SenderRegistry();

  async write(jobs: readonly WriteJob[]): Promise<WriteOutcomes> {
    const message = packWrites(jobs, this.#senders);
    return unpackOutcomes((await this.ask(message, [message.numbers.buffer])) as WriteAnswer);
  }
}
