import { DAY_MS, MINUTE_MS } from "@muster/core";
import type { Clock, Instant, SequenceRanges } from "@muster/core";
import type { AppendResult, Batch, LatestSample, MetricLimits, MetricStore, Query } from "../metric-store.ts";
import type { Retention, RetentionOutcome, SeriesDescription, SeriesId, SeriesPoints } from "../metric-store.ts";
import type { StoreSize } from "../metric-store.ts";
import { rejectedCounts, screenBatch } from "../screen-batch.ts";
import { ReadQueue } from "./read-queue.ts";
import type { WriteCalls } from "./calls.ts";
import { RAW } from "./schema.ts";
import { WorkerLine } from "./worker-line.ts";
import { WriteQueue } from "./write-queue.ts";

export interface EngineStoreConfig extends MetricLimits {
  /** The database file, made when missing. SQLite keeps two more beside it, with `-wal` and `-shm` at the end. */
  readonly path: string;
  /** Where the entry of the threads is. A bundle gives the file that it made of `engine-worker.ts`. */
  readonly workerUrl?: URL;
}

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
  #sealTimer: { cancel(): void } | undefined;
  #sealRun: Promise<void> | undefined;
  #isClosed = false;

  private constructor(config: EngineStoreConfig, clock: Clock, writer: WorkerLine, reader: WorkerLine) {
    this.#config = config;
    this.#clock = clock;
    // The writer ends last, so that it can empty the write-ahead log.
    this.#lines = [reader, writer];
    this.#writes = new WriteQueue(writer);
    this.#reads = new ReadQueue(reader);
  }

  /**
   * Rejects with DATABASE_NEWER for a file of a newer version, with DATABASE_DAMAGED for one that is no metric store,
   * both left untouched; with STORAGE_FULL or STORAGE_FAILED where it cannot be opened or made.
   */
  static async open(config: EngineStoreConfig, deps: { readonly clock: Clock }): Promise<EngineMetricStore> {
    const workerUrl = config.workerUrl ?? new URL("./engine-worker.ts", import.meta.url);
    const writer = new WorkerLine(workerUrl, { role: "writer", path: config.path });
    const reader = new WorkerLine(workerUrl, { role: "reader", path: config.path });
    try {
      const hiddenServers = await writer.open();
      await reader.open();
      const store = new EngineMetricStore(config, deps.clock, writer, reader);
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
    const { rows, ...screened } = screenBatch(batch, this.#config, this.#clock.now());
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
    const droppedCount = await this.#drop(instant, instant);
    await this.#shrink();
    return droppedCount;
  }

  async retain({ rawMs, hoursMs, bytesMax = Infinity }: Retention): Promise<RetentionOutcome> {
    const now = this.#clock.now();
    const hoursBefore = now - Math.max(rawMs, hoursMs);
    let rawSince = now - rawMs;
    let droppedCount = await this.#drop(rawSince, hoursBefore);
    let usedBytes = await this.#shrink();
    for (const day of await this.#rawDays()) {
      if (usedBytes <= bytesMax) break;
      // The day that is being written stays, whatever it takes.
      if (day + DAY_MS > now) break;
      rawSince = Math.max(rawSince, day + DAY_MS);
      droppedCount += await this.#drop(rawSince, hoursBefore);
      usedBytes = await this.#shrink();
    }
    return { droppedCount, rawSince };
  }

  /** Seals at once what is due; otherwise the store does so each minute. Resolves when nothing is left to do. */
  seal(): Promise<void> {
    this.#sealRun ??= this.#sealAll().finally(() => {
      this.#sealRun = undefined;
    });
    return this.#sealRun;
  }

  query(query: Query, signal: AbortSignal): Promise<readonly SeriesPoints[]> {
    return this.#reads.ask("query", { query }, signal);
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

  async #drop(rawBefore: Instant, hoursBefore: Instant): Promise<number> {
    let droppedCount = 0;
    let after: number | undefined = 0;
    while (after !== undefined) {
      const slice: WriteCalls["dropSlice"]["answer"] = await this.#writes.submit("dropSlice", {
        rawBefore,
        hoursBefore,
        after,
      });
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

  async #rawDays(): Promise<readonly Instant[]> {
    const { stock = [] } = await this.size();
    return stock.filter(({ resolutionMs }) => resolutionMs === RAW).map(({ day }) => day);
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
