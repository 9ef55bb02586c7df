import { MusterError } from "@muster/core";
import type { Instant, Labels, TimeRange } from "@muster/core";
import { nextTurn } from "@muster/node-kit";
import type { MetricReader } from "../../metrics/metric-store.ts";
import type { ExportHead, RowFacts, RowFormat } from "./row-format.ts";

/** Values that belong to one line of facts. at[i] belongs to values[i]; NaN is a gap. */
export interface ExportColumn {
  readonly facts: RowFacts;
  readonly at: ArrayLike<Instant>;
  readonly values: Float64Array;
}

export interface SampleExport {
  readonly serverIds: readonly string[];
  readonly metrics: readonly string[];
  readonly match: Labels;
  readonly range: TimeRange;
}

export interface ExportLimits {
  readonly rowsMax: number;
  readonly atOnceMax: number;
  /** Samples and roll-ups that counting may read. */
  readonly samplesMax: number;
}

/** About a millisecond of work, after which others have their turn. */
const PIECE_CHARACTERS = 64 * 1024;
const RETRY_AFTER_MS = 10_000;

/** Writes columns out as text, a bounded number of exports at once. */
export class MetricExport {
  readonly #metrics: MetricReader;
  readonly #limits: ExportLimits;
  #runningCount = 0;

  constructor(deps: { readonly metrics: MetricReader }, limits: ExportLimits) {
    this.#metrics = deps.metrics;
    this.#limits = limits;
  }

  /**
   * The text piece by piece; what is not taken is not read. Throws RATE_LIMITED where too many exports run, and
   * QUERY_TOO_LARGE with the row that is one too many.
   */
  async *write(
    columns: AsyncIterable<ExportColumn>,
    about: ExportHead,
    format: RowFormat,
  ): AsyncGenerator<string, void, undefined> {
    if (this.#runningCount >= this.#limits.atOnceMax) {
      throw new MusterError("RATE_LIMITED", {
        message: "Too many exports are running; wait until one of them is done.",
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    this.#runningCount++;
    try {
      let text = format.head(about);
      let rowCount = 0;
      for await (const { facts, at, values } of columns) {
        const rowOf = format.rowOf(facts);
        for (const [index, value] of values.entries()) {
          if (++rowCount > this.#limits.rowsMax) throw this.#tooLarge(rowCount);
          if (rowCount > 1) text += format.between;
          text += rowOf(at[index] ?? NaN, value);
          if (text.length < PIECE_CHARACTERS) continue;
          yield text;
          text = "";
          await nextTurn();
        }
      }
      text += (rowCount > 0 ? format.after : "") + format.foot;
      if (text !== "") yield text;
    } finally {
      this.#runningCount--;
    }
  }

  /** The samples themselves, by server, then by time. */
  async *samples(
    request: SampleExport,
    nameOf: (serverId: string) => string | null,
    signal: AbortSignal,
  ): AsyncGenerator<ExportColumn, void, undefined> {
    for await (const { serverId, columns } of this.#metrics.samples(request, signal)) {
      const server = nameOf(serverId);
      for (const { metric, labels, at, values } of columns) {
        yield { facts: { serverId, server, metric, labels }, at, values };
      }
    }
  }

  /** Throws QUERY_TOO_LARGE where a request has more samples than may be written. */
  async checkSize(request: SampleExport, signal: AbortSignal): Promise<void> {
    const { serverIds, metrics, match, range } = request;
    const lines = await this.#metrics.query(
      {
        serverIds,
        select: metrics.map((metric) => ({ metric, match, step: "count" })),
        range,
        stepMs: range.until - range.from,
        pointsMax: metrics.length,
        samplesMax: this.#limits.samplesMax,
        combine: { groups: [{ name: "", serverIds }], function: "sum" },
      },
      signal,
    );
    const counted = lines.reduce((sum, { values }) => sum + (values[0] ?? 0), 0);
    if (counted <= this.#limits.rowsMax) return;
    // Where samples were dropped, their roll-ups are counted still.
    const { sampleCount } = await this.#metrics.size();
    if (sampleCount > this.#limits.rowsMax) throw this.#tooLarge(Math.min(counted, sampleCount));
  }

  #tooLarge(rowCount: number): MusterError {
    return new MusterError("QUERY_TOO_LARGE", {
      fields: { "query.from": `${rowCount} rows or more; at most ${this.#limits.rowsMax} are written at once` },
    });
  }
}
