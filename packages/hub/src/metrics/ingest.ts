import { isMetricName, isMusterError, labelsProblem } from "@muster/core";
import type { Clock, Instant, Logger } from "@muster/core";
import { SAMPLE_AHEAD_MAX_MS } from "@muster/protocol";
import type { SeriesDefinition } from "@muster/protocol";
import type { Fleet } from "../fleet/fleet.ts";
import type { LiveSlot } from "../fleet/live-server.ts";
import type { AppendResult, MetricWriter, Row, SeriesId } from "./metric-store.ts";

/** A sender's list of series, made ready once: which columns are kept, their ids in the store, their live places. */
export interface IngestLayout {
  readonly columns: readonly number[];
  readonly series: readonly SeriesId[];
  readonly slots: readonly LiveSlot[];
  /** How many definitions were refused: bad names, or beyond the server's limit. */
  readonly refusedCount: number;
}

export interface IngestCounts {
  samples: number;
  duplicates: number;
  rejected: number;
  clamped: number;
  refusedSeries: number;
}

export interface IngestBatch {
  readonly serverId: string;
  /** Who numbers it, and its number; undefined when the number may be another batch's, and only instants tell. */
  readonly receipt: { readonly stream: string; readonly seq: number } | undefined;
  readonly layout: IngestLayout;
  /** [epoch ms by the server's clock, value or null …]. */
  readonly rows: readonly (readonly (number | null)[])[];
  /** What waited in a spool makes history only. */
  readonly late: boolean;
  /** The server's clock minus the hub's, as measured. */
  readonly clockOffsetMs: number;
}

/** A smaller offset is within what the network adds; correcting it would only add noise. */
const OFFSET_NOTICED_MS = 5_000;

/** The storage works again when something was stored and nothing has failed for this long. */
const RECOVERED_AFTER_MS = 3_000;

/** Where samples come in: names bounded, times put on the hub's clock, stored, then shown. */
export class Ingest {
  /** Whether the last batch could be stored. */
  storage: "working" | "full" | "failed" = "working";
  readonly counts: IngestCounts = { samples: 0, duplicates: 0, rejected: 0, clamped: 0, refusedSeries: 0 };
  readonly #store: MetricWriter;
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #log: Logger;
  #failedMono = Number.NEGATIVE_INFINITY;
  readonly #warned = new Set<string>();

  constructor(deps: {
    readonly store: MetricWriter;
    readonly fleet: Fleet;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#store = deps.store;
    this.#fleet = deps.fleet;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** A sender begins anew with its lists of series. */
  begin(serverId: string): void {
    this.#fleet.get(serverId)?.refusedSeries.clear();
  }

  /** Registers a sender's series. Throws STORAGE_FULL, STORAGE_FAILED. */
  async layout(serverId: string, definitions: readonly SeriesDefinition[]): Promise<IngestLayout> {
    const wanted = definitions.flatMap((definition, column) => {
      const labels = definition.labels ?? {};
      return isMetricName(definition.metric) && labelsProblem(labels) === undefined
        ? [{ column, metric: definition.metric, labels }]
        : [];
    });
    const ids = await this.#noting(() => this.#store.series(serverId, wanted));
    const kept = wanted.flatMap((definition, index) => {
      const id = ids[index];
      return id === undefined ? [] : [{ ...definition, id }];
    });
    const server = this.#fleet.get(serverId);
    const refusedCount = definitions.length - kept.length;
    if (server !== undefined) {
      const before = server.refusedSeries.count;
      const columns = new Set(kept.map(({ column }) => column));
      server.refusedSeries.note(
        definitions.filter((_definition, column) => !columns.has(column)),
        kept,
      );
      if (server.refusedSeries.count !== before) this.#fleet.changed(serverId);
    }
    if (refusedCount > 0) {
      this.counts.refusedSeries += refusedCount;
      this.#warnOnce(serverId, "some series of a server are not stored: bad names, or beyond its limit", {
        refusedCount,
      });
    }
    return {
      columns: kept.map(({ column }) => column + 1),
      series: kept.map(({ id }) => id),
      slots: server ? kept.map(({ metric, labels }) => server.slot(metric, labels)) : [],
      refusedCount,
    };
  }

  /** Stores a batch; resolves when it is durable (or was before). Throws STORAGE_FULL, STORAGE_FAILED, RATE_LIMITED. */
  async take(batch: IngestBatch): Promise<void> {
    const now = this.#clock.now();
    const rows = batch.rows.map((row) => this.#row(batch, row, now));
    const result = await this.#append(batch, rows);
    this.counts.samples += result.storedCount;
    if (result.alreadyStored) {
      this.counts.duplicates++;
      return;
    }
    for (const [why, count] of Object.entries(result.rejected)) {
      this.counts.rejected += count;
      if (why !== "duplicate")
        this.#warnOnce(batch.serverId, "some samples of a server were not stored", { why, count });
    }
    if (batch.late) return;
    const server = this.#fleet.get(batch.serverId);
    if (!server) return;
    for (const row of rows) server.take(batch.layout.slots, row.at, row.values);
    const last = rows.at(-1);
    if (last) this.#fleet.tookReadings(batch.serverId, last.at);
  }

  #append(batch: IngestBatch, rows: readonly Row[]): Promise<AppendResult> {
    return this.#noting(() =>
      this.#store.append({
        serverId: batch.serverId,
        ...(batch.receipt === undefined ? {} : { receipt: batch.receipt }),
        series: batch.layout.series,
        rows,
      }),
    );
  }

  /** Takes down by what the store answers whether it works. */
  async #noting<T>(write: () => Promise<T>): Promise<T> {
    try {
      const result = await write();
      // On a full disk one batch may still fit into what a failed one gave back: that is no recovery.
      const quietMs = this.#clock.monotonic() - this.#failedMono;
      if (this.storage !== "working" && quietMs >= RECOVERED_AFTER_MS) {
        this.#log.info("samples are stored again");
        this.storage = "working";
      }
      return result;
    } catch (error) {
      const state = isMusterError(error, "STORAGE_FULL")
        ? "full"
        : isMusterError(error, "STORAGE_FAILED") || isMusterError(error, "DATABASE_DAMAGED")
          ? "failed"
          : undefined;
      if (state !== undefined && state !== this.storage)
        this.#log.error("samples cannot be stored; agents keep theirs", { error });
      this.storage = state ?? this.storage;
      if (state !== undefined) this.#failedMono = this.#clock.monotonic();
      throw error;
    }
  }

  #row(batch: IngestBatch, row: readonly (number | null)[], now: Instant): Row {
    const { columns } = batch.layout;
    const values = new Float64Array(columns.length);
    for (let index = 0; index < columns.length; index++) values[index] = row[columns[index]!] ?? Number.NaN;
    const said = row[0] ?? now;
    const shifted = Math.abs(batch.clockOffsetMs) > OFFSET_NOTICED_MS ? said - batch.clockOffsetMs : said;
    // Far enough out no number of milliseconds is exact; the store refuses such an instant as too old or too new.
    const corrected = Number.isSafeInteger(shifted) ? shifted : said;
    if (!batch.late && Math.abs(corrected - now) > SAMPLE_AHEAD_MAX_MS) {
      this.counts.clamped++;
      this.#warnOnce(batch.serverId, "a server's samples carry a wrong time; the hub's is used", {
        offMs: corrected - now,
      });
      return { at: now, values };
    }
    return { at: corrected, values };
  }

  /** One line a server and kind of trouble until the hub restarts: a sender may repeat it with every sample. */
  #warnOnce(serverId: string, message: string, fields: Readonly<Record<string, unknown>>): void {
    const key = `${serverId} ${message}`;
    if (this.#warned.has(key)) return;
    if (this.#warned.size > 10_000) this.#warned.clear();
    this.#warned.add(key);
    this.#log.warn(message, { serverId, ...fields });
  }
}
