import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { DAY_MS } from "@muster/core";
import type { Instant } from "@muster/core";
import type { LatestSample, SeriesDescription } from "../metric-store.ts";
import { compareSeries } from "../series-order.ts";
import type { ReadCalls, ReadJob, ReadOutcome } from "./calls.ts";
import { FrameScan } from "./frame-scan.ts";
import { latestSamples } from "./latest-samples.ts";
import { JournalIndex } from "./journal-index.ts";
import { RangeQuery, watchful } from "./range-query.ts";
import { Retained } from "./retained.ts";
import { SampleChunks } from "./sample-chunks.ts";
import type { Look } from "./sample-scan.ts";
import { SampleScan } from "./sample-scan.ts";
import { failureOf } from "./storage-failure.ts";

/** Runs on the reading thread. Each answer is made inside one read transaction: it is the state at one commit. */
export class Reader {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #journal: JournalIndex;
  readonly #scan: FrameScan;
  readonly #samples: SampleScan;
  readonly #selectStock;
  readonly #queries: RangeQuery;
  readonly #chunks: SampleChunks;
  readonly #selectSeries;
  readonly #selectCounts;

  constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#path = path;
    this.#journal = new JournalIndex(db);
    this.#scan = new FrameScan(db, this.#journal);
    this.#samples = new SampleScan(db, this.#scan);
    this.#queries = new RangeQuery(db, this.#samples, new Retained(db));
    this.#chunks = new SampleChunks(db, this.#samples);
    this.#selectSeries = db.prepare(
      "SELECT series.id, metric, labels FROM series JOIN server ON server.id = series.server WHERE server.name = ?",
    );
    this.#selectStock = db.prepare(
      "SELECT resolution, day, samples, bytes FROM stock WHERE bytes > 0 ORDER BY resolution, day",
    );
    this.#selectCounts = db.prepare(
      "SELECT (SELECT count(*) FROM series) AS series, (SELECT samples FROM tally) AS samples",
    );
  }

  run(job: ReadJob, abortFlag: Int32Array): ReadOutcome {
    try {
      this.#db.exec("BEGIN");
      try {
        this.#journal.catchUp();
        return { is: "done", answer: this.#answer(job, abortFlag) };
      } finally {
        this.#db.exec("COMMIT");
      }
    } catch (error) {
      return { is: "failed", failure: failureOf(error) };
    }
  }

  #answer(job: ReadJob, abortFlag: Int32Array): ReadCalls[keyof ReadCalls]["answer"] {
    switch (job.kind) {
      case "query":
        return this.#queries.run(job.query, abortFlag);
      case "samples":
        return this.#nextSamples(job, watchful(abortFlag));
      case "latest":
        return this.#latest(job.serverId, job.since);
      case "seriesOf":
        return [...this.#describe(job.serverId).values()].sort(compareSeries);
      case "size":
        return this.#size();
    }
  }

  #describe(serverId: string): Map<number, SeriesDescription> {
    const rows = this.#selectSeries.all(serverId);
    return new Map(
      rows.map((row) => [
        Number(row["id"]),
        { metric: String(row["metric"]), labels: JSON.parse(String(row["labels"])) },
      ]),
    );
  }

  #nextSamples(ask: ReadCalls["samples"]["ask"], look: Look): ReadCalls["samples"]["answer"] {
    const server = this.#scan.serverRow(ask.serverId);
    if (server === undefined) return { chunk: undefined, next: undefined };
    return this.#chunks.next(server, this.#describe(ask.serverId), ask, look);
  }

  #latest(serverId: string, since: Instant): readonly LatestSample[] {
    const server = this.#scan.serverRow(serverId);
    if (server === undefined) return [];
    const described = this.#describe(serverId);
    const found: LatestSample[] = [];
    for (const [id, newest] of latestSamples(this.#samples, server, since)) {
      const description = described.get(id);
      if (description !== undefined) found.push({ ...description, ...newest });
    }
    return found.sort(compareSeries);
  }

  #size(): ReadCalls["size"]["answer"] {
    const counts = this.#selectCounts.get();
    const bytes = ["", "-wal"].reduce(
      (sum, end) => sum + (statSync(this.#path + end, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
    const stock = this.#selectStock.all().map((row) => ({
      resolutionMs: Number(row["resolution"]),
      day: Number(row["day"]) * DAY_MS,
      sampleCount: Number(row["samples"]),
      bytes: Number(row["bytes"]),
    }));
    return { seriesCount: Number(counts?.["series"]), sampleCount: Number(counts?.["samples"]), bytes, stock };
  }
}
