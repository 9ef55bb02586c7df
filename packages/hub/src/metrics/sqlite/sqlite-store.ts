import type { Clock, Instant, SequenceRanges } from "@muster/core";
import type { AppendResult, Batch, LatestSample, MetricLimits, MetricStore, Query } from "../metric-store.ts";
import type { SeriesDescription, SeriesId, SeriesPoints, StoreSize } from "../metric-store.ts";
import { rejectedCounts, screenBatch } from "../screen-batch.ts";
import { ReadQueue } from "./read-queue.ts";
import { WorkerLine } from "./worker-line.ts";
import { WriteQueue } from "./write-queue.ts";

export interface SqliteStoreConfig extends MetricLimits {
  /** The database file, made when missing. SQLite keeps two more beside it, with `-wal` and `-shm` at the end. */
  readonly path: string;
  /** Where the entry of the threads is. A bundle gives the file that it made of `sqlite-worker.ts`. */
  readonly workerUrl?: URL;
}

/**
 * Keeps samples in one SQLite file, durable before they are acknowledged. One thread writes, another one reads beside
 * it, so the hub's own thread never waits for the disk, and readers never for writers.
 */
export class SqliteMetricStore implements MetricStore {
  readonly #config: SqliteStoreConfig;
  readonly #clock: Clock;
  readonly #lines: readonly WorkerLine[];
  readonly #writes: WriteQueue;
  readonly #reads: ReadQueue;
  #refusedSeriesCount = 0;

  private constructor(config: SqliteStoreConfig, clock: Clock, writer: WorkerLine, reader: WorkerLine) {
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
  static async open(config: SqliteStoreConfig, deps: { readonly clock: Clock }): Promise<SqliteMetricStore> {
    const workerUrl = config.workerUrl ?? new URL("./sqlite-worker.ts", import.meta.url);
    const writer = new WorkerLine(workerUrl, { role: "writer", path: config.path });
    const reader = new WorkerLine(workerUrl, { role: "reader", path: config.path });
    try {
      const hiddenServers = await writer.open();
      await reader.open();
      const store = new SqliteMetricStore(config, deps.clock, writer, reader);
      // A deletion that a stop cut short goes on. If it fails, the next start takes it up again.
      for (const server of hiddenServers) void store.#purge(server).catch(() => undefined);
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
    let droppedCount = 0;
    let after: number | undefined = 0;
    while (after !== undefined) {
      const slice: { readonly droppedCount: number; readonly nextAfter: number | undefined } =
        await this.#writes.submit("dropSlice", { instant, after });
      droppedCount += slice.droppedCount;
      after = slice.nextAfter;
    }
    return droppedCount;
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
    await Promise.all([this.#writes.close(), this.#reads.close()]);
    for (const line of this.#lines) await line.close();
  }

  async #purge(server: number): Promise<void> {
    while (await this.#writes.submit("purgeSlice", { server }));
  }
}
