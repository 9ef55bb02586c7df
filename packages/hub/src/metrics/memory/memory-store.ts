import { addSequences, hasSequence, labelsText, MusterError } from "@muster/core";
import type { Clock, Instant, SequenceRanges } from "@muster/core";
import { LineCollector } from "../line-collector.ts";
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
import { compareSeries, compareText, isStorable, matchesLabels } from "../series-order.ts";
import { MemorySeries } from "./memory-series.ts";

interface MemoryServer {
  readonly idsByText: Map<string, SeriesId>;
  readonly series: Map<SeriesId, MemorySeries>;
  readonly streams: Set<string>;
}

/** Keeps everything in this process: for tests, and for a hub that is only tried. Nothing survives `close`. */
export class MemoryMetricStore implements MetricStore {
  readonly #limits: MetricLimits;
  readonly #clock: Clock;
  readonly #servers = new Map<string, MemoryServer>();
  readonly #receipts = new Map<string, SequenceRanges>();
  #retentionMs: number;
  #lastId = 0;
  #refusedSeriesCount = 0;
  #isClosed = false;

  constructor(limits: MetricLimits, deps: { readonly clock: Clock }) {
    this.#limits = limits;
    this.#retentionMs = limits.retentionMs;
    this.#clock = deps.clock;
  }

  async series(
    serverId: string,
    descriptions: readonly SeriesDescription[],
  ): Promise<readonly (SeriesId | undefined)[]> {
    this.#assertOpen();
    const ids = descriptions.map((description) =>
      isStorable(description) ? this.#register(serverId, description) : undefined,
    );
    this.#refusedSeriesCount += ids.filter((id) => id === undefined).length;
    return ids;
  }

  async append(batch: Batch): Promise<AppendResult> {
    this.#assertOpen();
    const now = this.#clock.now();
    const accepted = { from: now - this.#retentionMs, to: now + this.#limits.futureSkewMs };
    const { rows, ...screened } = screenBatch(batch, accepted);
    const server = this.#servers.get(batch.serverId);
    if (batch.receipt !== undefined) {
      const { stream, seq } = batch.receipt;
      const ranges = this.#receipts.get(stream) ?? [];
      if (hasSequence(ranges, seq)) return { alreadyStored: true, storedCount: 0, rejected: {} };
      this.#receipts.set(stream, addSequences(ranges, seq));
      server?.streams.add(stream);
    }
    const counts = { ...screened, duplicateCount: 0, unknownSeriesCount: 0 };
    let storedCount = 0;
    for (const row of rows) {
      for (const [index, value] of row.values.entries()) {
        if (!Number.isFinite(value)) continue;
        const series = server?.series.get(batch.series[index] ?? NaN);
        if (series === undefined) counts.unknownSeriesCount++;
        else if (series.insert(row.at, value)) storedCount++;
        else counts.duplicateCount++;
      }
    }
    return { alreadyStored: false, storedCount, rejected: rejectedCounts(counts) };
  }

  async receipts(stream: string): Promise<SequenceRanges> {
    this.#assertOpen();
    return this.#receipts.get(stream) ?? [];
  }

  async settleBelow(stream: string, seq: number): Promise<void> {
    this.#assertOpen();
    if (seq > 0) this.#receipts.set(stream, addSequences(this.#receipts.get(stream) ?? [], 0, seq - 1));
  }

  async deleteServer(serverId: string): Promise<void> {
    this.#assertOpen();
    for (const stream of this.#servers.get(serverId)?.streams ?? []) this.#receipts.delete(stream);
    this.#servers.delete(serverId);
  }

  async dropBefore(instant: Instant): Promise<number> {
    this.#assertOpen();
    let droppedCount = 0;
    for (const server of this.#servers.values()) {
      for (const [id, series] of server.series) {
        droppedCount += series.dropBefore(instant);
        if (series.sampleCount > 0 || series.createdAt >= instant) continue;
        server.series.delete(id);
        server.idsByText.delete(seriesText(series));
      }
    }
    return droppedCount;
  }

  /** Keeps no roll-ups: what is older than the samples' age goes. */
  async retain({ samplesMs }: Retention): Promise<RetentionOutcome> {
    const samplesSince = this.#clock.now() - samplesMs;
    this.#retentionMs = samplesMs;
    return { droppedCount: await this.dropBefore(samplesSince), samplesSince };
  }

  async query(query: Query, signal: AbortSignal): Promise<readonly QueryLine[]> {
    this.#assertOpen();
    signal.throwIfAborted();
    const lines = new LineCollector(query);
    const part = lines.part(query.range);
    for (const serverId of [...new Set(query.serverIds)].sort(compareText)) {
      for (const series of this.#sortedSeries(serverId)) {
        for (const [selection, wanted] of query.select.entries()) {
          if (series.metric !== wanted.metric || !matchesLabels(series.labels, wanted.match)) continue;
          const fed = series.feed(query.range, wanted.step, () => {
            part.spend();
            return part.steppers(wanted);
          });
          const [values, min, max] = (fed ?? []).map((each) => each.finish());
          if (values === undefined) continue;
          const band = min && max && { min, max };
          part.take({ selection, serverId, ...describe(series), values, ...band });
        }
      }
    }
    return lines.finish();
  }

  async *samples(request: SampleRequest, signal: AbortSignal): AsyncIterable<SampleChunk> {
    const { metrics, match, range } = request;
    for (const serverId of [...new Set(request.serverIds)].sort(compareText)) {
      this.#assertOpen();
      signal.throwIfAborted();
      const columns = this.#sortedSeries(serverId)
        .filter(({ metric, labels }) => (metrics?.includes(metric) ?? true) && matchesLabels(labels, match))
        .map((series) => ({ metric: series.metric, labels: series.labels, ...series.samples(range) }))
        .filter(({ at }) => at.length > 0);
      if (columns.length > 0) yield { serverId, columns };
    }
  }

  async latest(serverId: string, since: Instant): Promise<readonly LatestSample[]> {
    this.#assertOpen();
    return this.#sortedSeries(serverId).flatMap((series) => series.latest(since) ?? []);
  }

  async seriesOf(serverId: string): Promise<readonly SeriesDescription[]> {
    this.#assertOpen();
    return this.#sortedSeries(serverId).map(({ metric, labels }) => ({ metric, labels }));
  }

  async size(): Promise<StoreSize> {
    this.#assertOpen();
    const series = [...this.#servers.values()].flatMap((server) => [...server.series.values()]);
    const sampleCount = series.reduce((sum, { sampleCount: count }) => sum + count, 0);
    return { seriesCount: series.length, sampleCount, bytes: 0, refusedSeriesCount: this.#refusedSeriesCount };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #register(serverId: string, description: SeriesDescription): SeriesId | undefined {
    let server = this.#servers.get(serverId);
    if (server === undefined) {
      server = { idsByText: new Map(), series: new Map(), streams: new Set() };
      this.#servers.set(serverId, server);
    }
    const text = seriesText(description);
    const known = server.idsByText.get(text);
    if (known !== undefined || server.series.size >= this.#limits.seriesPerServerMax) return known;
    const id = ++this.#lastId;
    server.idsByText.set(text, id);
    server.series.set(id, new MemorySeries(description, this.#clock.now()));
    return id;
  }

  #sortedSeries(serverId: string): readonly MemorySeries[] {
    return [...(this.#servers.get(serverId)?.series.values() ?? [])].sort(compareSeries);
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new MusterError("STARTING");
  }
}

const describe = ({ labels }: SeriesDescription) => ({ labels, labelsText: labelsText(labels) });

const seriesText = ({ metric, labels }: SeriesDescription): string => `${metric}{${labelsText(labels)}}`;
