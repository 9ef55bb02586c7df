import { DAY_MS, HOUR_MS, MINUTE_MS } from "@muster/core";
import type { Clock, Instant, SequenceRanges } from "@muster/core";
import type {
  AppendResult,
  Batch,
  LatestSample,
  MetricLimits,
  MetricStore,
  Query,
  QueryLine,
} from "../metric-store.ts";
import type { Retention, RetentionOutcome, SampleChunk, SampleRequest } from "../metric-store.ts";
import type { SeriesDescription, SeriesId, StoreSize } from "../metric-store.ts";
import { rejectedCounts, screenBatch } from "../screen-batch.ts";
import { compareText } from "../series-order.ts";
import { ReadQueue } from "./read-queue.ts";
import type { ReadCalls, WriteCalls } from "./calls.ts";
import { RAW } from "./schema.ts";
import { WorkerLine, WriterWorkerLine } from "./worker-line.ts";
import { WriteQueue } from "./write-queue.ts";

export interface EngineStoreConfig extends MetricLimits {
  /** The database file, made when missing. SQLite keeps two more beside it, with `-wal` and `-shm` at the end. */
  readonly path: string;
  /** Where the entry of the threads is. A bundle gives the file that it made of `engine-worker.ts`. */
  readonly workerUrl?: URL;
  /** Commits begin at least so far apart; at once when absent. */
  readonly commitPauseMs?: number;
}

/** Over the budget, minutes reach back at most so many times as far as samples. */
const MINUTES_REACH = 3;
/** How often the store looks for what is to be sealed. */
const SEAL_EVERY_MS = MINUTE_MS;

/**
 * Keeps samples in one SQLite file, durable before they are acknowledged, and seals each hour of a server into a block
 * of one or two bytes a sample. One thread writes and seals, another one reads beside it, so the hub's own thread never
 * waits for the disk, and readers never for writers.
 */
export class EngineMetricStore implements MetricStore {
  readonly #config: EngineStoreConfig;
  readonly #clock: Clock;
  readonly #lines: readonly WorkerLine[];
  readonly #writes: WriteQueue;
  readonly #reads: ReadQueue;
  #refusedSeriesCount = 0;
  #retentionMs: number;
  /** What `retain` made into minutes must not get samples any more. */
  #samplesSince = Number.MIN_SAFE_INTEGER;
  #sealTimer: { cancel(): void } | undefined;
  /** The last round that was asked for. */
  #sealRun: Promise<void> | undefined;
  #isClosed = false;

  private constructor(config: EngineStoreConfig, clock: Clock, writer: WriterWorkerLine, reader: WorkerLine) {
    this.#config = config;
    this.#retentionMs = config.retentionMs;
    this.#clock = clock;
    // The writer ends last, so that it can empty the write-ahead log.
    this.#lines = [reader, writer];
    const { commitPauseMs: pauseMs } = config;
    this.#writes = new WriteQueue(writer, pauseMs === undefined ? undefined : { clock, pauseMs });
    this.#reads = new ReadQueue(reader);
  }

  /**
   * Rejects with DATABASE_NEWER for a file of a newer version, with DATABASE_DAMAGED for one that is no metric store,
   * both left untouched; with STORAGE_FULL or STORAGE_FAILED where it cannot be opened or made.
   */
  static async open(config: EngineStoreConfig, deps: { readonly clock: Clock }): Promise<EngineMetricStore> {
    const workerUrl = config.workerUrl ?? new URL("./engine-worker.ts", import.meta.url);
    const writer = new WriterWorkerLine(workerUrl, { role: "writer", path: config.path });
    const reader = new WorkerLine(workerUrl, { role: "reader", path: config.path });
    try {
      const { hiddenServers, samplesSince } = await writer.open();
      await reader.open();
      const store = new EngineMetricStore(config, deps.clock, writer, reader);
      store.#samplesSince = samplesSince;
      // A deletion that a stop cut short goes on. If it fails, the next start takes it up again.
      for (const server of hiddenServers) void store.#purge(server).catch(() => undefined);
      store.#sealLater();
      return store;
    } catch (error) {
      await Promise.all([reader.close(), writer.close()]);
      throw error;
    }
  }

  async series(
    serverId: string,
    descriptions: readonly SeriesDescription[],
  ): Promise<readonly (SeriesId | undefined)[]> {
    const { seriesPerServerMax } = this.#config;
    const now = this.#clock.now();
    const ids = await this.#writes.submit("series", { serverId, descriptions, seriesPerServerMax, now });
    this.#refusedSeriesCount += ids.filter((id) => id === undefined).length;
    return ids;
  }

  async append(batch: Batch): Promise<AppendResult> {
    const now = this.#clock.now();
    const from = Math.max(now - this.#retentionMs, this.#samplesSince);
    const { rows, ...screened } = screenBatch(batch, { from, to: now + this.#config.futureSkewMs });
    const { serverId, receipt, series } = batch;
    const outcome = await this.#writes.submit("append", { serverId, receipt, series, rows });
    const { alreadyStored, storedCount } = outcome;
    return { alreadyStored, storedCount, rejected: alreadyStored ? {} : rejectedCounts({ ...screened, ...outcome }) };
  }

  /** Asked of the writing thread, because an agent that says hello must not wait behind somebody's long query. */
  receipts(stream: string): Promise<SequenceRanges> {
    return this.#writes.submit("receipts", { stream });
  }

  async settleBelow(stream: string, seq: number): Promise<void> {
    await this.#writes.submit("settleBelow", { stream, seq });
  }

  async deleteServer(serverId: string): Promise<void> {
    const server = await this.#writes.submit("hideServer", { serverId });
    if (server !== undefined) await this.#purge(server);
  }

  async dropBefore(instant: Instant): Promise<number> {
    const droppedCount = await this.#drop({ samplesBefore: instant, minutesBefore: instant, hoursBefore: instant });
    await this.#shrink();
    return droppedCount;
  }

  async retain({ samplesMs, minutesMs, hoursMs, bytesMax = Infinity }: Retention): Promise<RetentionOutcome> {
    const now = this.#clock.now();
    this.#retentionMs = samplesMs;
    // Whole hours, so that no minute and no hour is cut in two.
    const beginOf = (ageMs: number): Instant => Math.floor((now - ageMs) / HOUR_MS) * HOUR_MS;
    const before = {
      samplesBefore: beginOf(samplesMs),
      minutesBefore: beginOf(Math.max(samplesMs, minutesMs)),
      hoursBefore: beginOf(Math.max(samplesMs, minutesMs, hoursMs)),
    };
    this.#samplesSince = Math.max(this.#samplesSince, before.samplesBefore);
    let droppedCount = await this.#drop(before);
    let usedBytes = await this.#shrink();
    while (usedBytes > bytesMax) {
      const next = await this.#dayToShed(now);
      if (next === undefined) break;
      before.samplesBefore = Math.max(before.samplesBefore, next.samplesBefore);
      before.minutesBefore = Math.max(before.minutesBefore, next.minutesBefore);
      this.#samplesSince = Math.max(this.#samplesSince, before.samplesBefore);
      droppedCount += await this.#drop(before);
      usedBytes = await this.#shrink();
    }
    return { droppedCount, samplesSince: before.samplesBefore };
  }

  /** Seals at once what is due by now; otherwise the store does so each minute. Resolves when nothing is left to do. */
  seal(): Promise<void> {
    // A round that is under way began before now, and may have passed what is due.
    const before = this.#sealRun ?? Promise.resolve();
    const run = before.then(
      () => this.#sealAll(),
      () => this.#sealAll(),
    );
    this.#sealRun = run;
    return run;
  }

  query(query: Query, signal: AbortSignal): Promise<readonly QueryLine[]> {
    return this.#reads.ask("query", { query }, signal);
  }

  async *samples(request: SampleRequest, signal: AbortSignal): AsyncIterable<SampleChunk> {
    for (const serverId of [...new Set(request.serverIds)].sort(compareText)) {
      let from: Instant | undefined = request.range.from;
      while (from !== undefined) {
        const answer: ReadCalls["samples"]["answer"] = await this.#reads.ask(
          "samples",
          { serverId, request, from },
          signal,
        );
        if (answer.chunk !== undefined) yield answer.chunk;
        from = answer.next;
      }
    }
  }

  latest(serverId: string, since: Instant): Promise<readonly LatestSample[]> {
    return this.#reads.ask("latest", { serverId, since });
  }

  seriesOf(serverId: string): Promise<readonly SeriesDescription[]> {
    return this.#reads.ask("seriesOf", { serverId });
  }

  async size(): Promise<StoreSize> {
    return { ...(await this.#reads.ask("size", {})), refusedSeriesCount: this.#refusedSeriesCount };
  }

  healthy(): boolean {
    return !this.#writes.hasFailed && this.#lines.every((line) => line.isAlive);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sealTimer?.cancel();
    await Promise.all([this.#writes.close(), this.#reads.close()]);
    for (const line of this.#lines) await line.close();
  }

  async #purge(server: number): Promise<void> {
    while (await this.#writes.submit("purgeSlice", { server }));
  }

  async #drop(before: Omit<WriteCalls["dropSlice"]["ask"], "after">): Promise<number> {
    let droppedCount = 0;
    let after: number | undefined = 0;
    while (after !== undefined) {
      const slice: WriteCalls["dropSlice"]["answer"] = await this.#writes.submit("dropSlice", { ...before, after });
      droppedCount += slice.droppedCount;
      after = slice.nextAfter;
    }
    return droppedCount;
  }

  /** Answers how many bytes of the file are in use after it. */
  async #shrink(): Promise<number> {
    for (;;) {
      const { isMore, usedBytes } = await this.#writes.submit("shrinkSlice", {});
      if (!isMore) return usedBytes;
    }
  }

  /** What to drop next when the file is too large; undefined when only the day being written is left. */
  async #dayToShed(
    now: Instant,
  ): Promise<{ readonly samplesBefore: Instant; readonly minutesBefore: Instant } | undefined> {
    const { stock = [] } = await this.size();
    const oldest = (resolution: number): Instant | undefined =>
      stock.find(({ resolutionMs, day }) => resolutionMs === resolution && day + DAY_MS <= now)?.day;
    const [samples, minutes] = [oldest(RAW), oldest(MINUTE_MS)];
    const ends = (day: Instant | undefined): Instant => (day === undefined ? Number.MIN_SAFE_INTEGER : day + DAY_MS);
    if (samples === undefined && minutes === undefined) return undefined;
    // Minutes are given up as long as they reach back much further than samples, so that neither dwindles alone.
    const isMinutes =
      samples === undefined || (minutes !== undefined && now - minutes > MINUTES_REACH * (now - samples));
    return isMinutes
      ? { samplesBefore: Number.MIN_SAFE_INTEGER, minutesBefore: ends(minutes) }
      : { samplesBefore: ends(samples), minutesBefore: Number.MIN_SAFE_INTEGER };
  }

  async #sealAll(): Promise<void> {
    let after: number | undefined = 0;
    while (after !== undefined && !this.#isClosed) {
      const slice: WriteCalls["sealSlice"]["answer"] = await this.#writes.submit("sealSlice", {
        now: this.#clock.now(),
        after,
      });
      after = slice.nextAfter;
    }
  }

  /** A round that fails says so at the next append; what was not sealed then is sealed later. */
  #sealLater(): void {
    this.#sealTimer = this.#clock.after(SEAL_EVERY_MS, () => {
      const goOn = (): void => {
        if (!this.#isClosed) this.#sealLater();
      };
      void this.seal().then(goOn, goOn);
    });
  }
}
