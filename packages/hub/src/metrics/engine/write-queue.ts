import { MusterError } from "@muster/core";
import type { Cancellable, Clock } from "@muster/core";
import type { Outcome, WriteCalls, WriteJob, WriteLine, WriteOutcomes } from "./calls.ts";
import { errorOf } from "./storage-failure.ts";

/** A commit of this many rows takes some fifty milliseconds; what arrives meanwhile waits no longer than that. */
const ROWS_PER_COMMIT_MAX = 4_000;
/** 16 MB of values waiting for the disk. */
const WAITING_SAMPLES_MAX = 2_000_000;
const RETRY_AFTER_MS = 1_000;

/** How long a commit waits for more after the first job came: each costs a write to the disk, however little it has. */
export interface CommitPace {
  readonly clock: Clock;
  readonly pauseMs: number;
}

interface Waiting {
  readonly job: WriteJob;
  readonly rowCount: number;
  readonly sampleCount: number;
  settle(outcome: Outcome<WriteCalls[keyof WriteCalls]["answer"]>): void;
  reject(error: unknown): void;
}

/**
 * Group commit: with nothing under way a job is committed at once, or with a pace after its pause; what comes until then,
 * or during a commit, goes into the next one together. Jobs are applied in the order in which they came.
 *
 * open: takes jobs. failed: the disk or the thread failed, and every job is refused with that error. closed: what was
 * taken is still committed, new jobs are refused.
 */
export class WriteQueue {
  readonly #line: WriteLine;
  readonly #pace: CommitPace | undefined;
  #mode: { readonly is: "open" | "closed" } | { readonly is: "failed"; readonly error: MusterError } = { is: "open" };
  #waiting: Waiting[] = [];
  #waitingSampleCount = 0;
  #run: Promise<void> | undefined;
  /** When the first of the waiting jobs came. */
  #waitingSinceMono = Number.NEGATIVE_INFINITY;
  #paused: { resolve(): void; readonly timer: Cancellable } | undefined;

  constructor(line: WriteLine, pace?: CommitPace) {
    this.#line = line;
    this.#pace = pace;
  }

  get hasFailed(): boolean {
    return this.#mode.is === "failed" || !this.#line.isAlive;
  }

  submit<K extends keyof WriteCalls>(kind: K, ask: WriteCalls[K]["ask"]): Promise<WriteCalls[K]["answer"]> {
    const job = { kind, ...ask } as unknown as WriteJob;
    const rowCount = job.kind === "append" ? job.rows.length : 0;
    const sampleCount = job.kind === "append" ? rowCount * (job.rows[0]?.values.length ?? 0) : 0;
    if (this.#mode.is === "failed") return Promise.reject(this.#mode.error);
    if (this.#mode.is === "closed") return Promise.reject(new MusterError("STARTING"));
    if (sampleCount > 0 && this.#waitingSampleCount + sampleCount > WAITING_SAMPLES_MAX) {
      return Promise.reject(new MusterError("RATE_LIMITED", { retryAfterMs: RETRY_AFTER_MS }));
    }
    const { promise, resolve, reject } = Promise.withResolvers<WriteCalls[K]["answer"]>();
    const settle = (outcome: Outcome<unknown>): void => {
      if (outcome.is === "done") resolve(outcome.answer as WriteCalls[K]["answer"]);
      else reject(errorOf(outcome.failure));
    };
    if (this.#waiting.length === 0) this.#waitingSinceMono = this.#pace?.clock.monotonic() ?? 0;
    this.#waiting.push({ job, rowCount, sampleCount, settle, reject });
    this.#waitingSampleCount += sampleCount;
    // A microtask later, so that what is submitted in one go is committed in one go.
    this.#run ??= Promise.resolve().then(() => this.#commitAll());
    return promise;
  }

  /** Resolves when everything taken is committed or refused. */
  async close(): Promise<void> {
    if (this.#mode.is === "open") this.#mode = { is: "closed" };
    this.#paused?.timer.cancel();
    this.#paused?.resolve();
    await this.#run;
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#untilNext();
      const group = this.#takeGroup();
      try {
        this.#settle(group, await this.#line.write(group.map(({ job }) => job)));
      } catch (error) {
        this.#fail(error, group);
      }
    }
    this.#run = undefined;
  }

  /** While more may come, a commit is not begun at once. */
  async #untilNext(): Promise<void> {
    if (this.#pace === undefined) return;
    const { clock, pauseMs } = this.#pace;
    const leftMs = this.#waitingSinceMono + pauseMs - clock.monotonic();
    if (leftMs > 0 && this.#mode.is === "open") {
      await new Promise<void>((resolve) => {
        this.#paused = { resolve, timer: clock.after(leftMs, resolve) };
      });
      this.#paused = undefined;
    }
  }

  #settle(group: readonly Waiting[], outcomes: WriteOutcomes): void {
    for (const [index, waiting] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined) waiting.settle(outcome);
    }
    const fatal = outcomes.find((outcome) => outcome.is === "failed" && outcome.failure.isFatal);
    if (fatal?.is === "failed") this.#fail(errorOf(fatal.failure), []);
  }

  #fail(cause: unknown, group: readonly Waiting[]): void {
    const error = cause instanceof MusterError ? cause : new MusterError("STORAGE_FAILED", {}, cause);
    this.#mode = { is: "failed", error };
    const refused = [...group, ...this.#waiting];
    this.#waiting = [];
    this.#waitingSampleCount = 0;
    for (const waiting of refused) waiting.reject(error);
  }

  #takeGroup(): readonly Waiting[] {
    let rowCount = 0;
    let length = 0;
    for (const waiting of this.#waiting) {
      rowCount += waiting.rowCount;
      if (length > 0 && rowCount > ROWS_PER_COMMIT_MAX) break;
      length++;
    }
    const group = this.#waiting.splice(0, length);
    this.#waitingSampleCount -= group.reduce((sum, { sampleCount }) => sum + sampleCount, 0);
    return group;
  }
}
