import type { DatabaseSync } from "node:sqlite";
import { isMusterError, MINUTE_MS, MusterError } from "@muster/core";
import type { Instant } from "@muster/core";
import { unpackBlock } from "../block-bytes.ts";
import { BlockRows } from "../block-rows.ts";
import type { AppendOutcome, AppliedJob, WriteCalls } from "../calls.ts";
import { openForWriting } from "../open-database.ts";
import { ReceiptRows } from "../receipt-rows.ts";
import { Retained } from "../retained.ts";
import { RAW } from "../schema.ts";
import { errorOf, failureOf } from "../storage-failure.ts";
import { Writer } from "../writer.ts";
import { MergeBuckets } from "./merge-buckets.ts";
import { readJson, readRollUps } from "./record-forms.ts";
import type { HeadRecord, ReceiptsRecord, ServerRecord, StoreCounts } from "./record-forms.ts";
import { RECORD, StoreFileReader } from "./store-file.ts";
import type { StoreRecord } from "./store-file.ts";

const ROWS_PER_COMMIT = 2_000;
/** Between two sealings, so that what waits to be sealed stays small on the disk. */
const SAMPLES_PER_SEALING = 2_000_000;
/** Whatever server sealed it first did so at most this much before the one that gets it now would. */
const SEAL_SPREAD_MS = 45 * MINUTE_MS;

export interface ImportOptions {
  /** Only these servers, by id; all when absent. */
  readonly serverIds?: readonly string[];
  readonly now: Instant;
}

export interface ImportOutcome extends StoreCounts {
  /** Samples that the store had already; they stay as they are. */
  readonly duplicates: number;
  /** Roll-ups of times for which the store knew as much already. */
  readonly knownRollUps: number;
  /** Where the file is cut or damaged; all before it is in the store. Absent when it was read to its end. */
  readonly stopped?: { readonly record: number; readonly offset: number; readonly why: string };
}

/**
 * Puts what a store file has into a store, made when missing; nothing else may have it open. Samples of any age are
 * taken. The memory it takes does not grow with the file. Throws NOT_FOUND and DATABASE_NEWER for the file, and what
 * opening and writing a store throw; where the file is damaged it stops, and says so in the outcome.
 */
export function importStore(path: string, file: string, options: ImportOptions): ImportOutcome {
  const from = new StoreFileReader(file);
  try {
    const db = openForWriting(path);
    try {
      return new Importer(db, options).run(from);
    } finally {
      db.close();
    }
  } catch (error) {
    throw errorOf(failureOf(error));
  } finally {
    from.close();
  }
}

class Importer {
  readonly #db: DatabaseSync;
  readonly #options: ImportOptions;
  readonly #counts = { servers: 0, series: 0, samples: 0, rollUps: 0, duplicates: 0, knownRollUps: 0 };
  #writer: Writer | undefined;
  /** Undefined for a server that is not wanted. */
  #server: { readonly name: string; readonly row: number; readonly idOf: ReadonlyMap<number, number> } | undefined;
  #unsealed = 0;

  constructor(db: DatabaseSync, options: ImportOptions) {
    this.#db = db;
    this.#options = options;
  }

  run(from: StoreFileReader): ImportOutcome {
    // What was gathered of the fleet before knows nothing of what comes.
    this.#db.exec("DELETE FROM fleet_stretch");
    for (let record = 0; ; record++) {
      const offset = from.offset;
      try {
        if (this.#take(from.next()) === "end") break;
      } catch (error) {
        if (!isMusterError(error, "DATABASE_DAMAGED")) throw error;
        this.#seal();
        return { ...this.#counts, stopped: { record, offset, why: error.message } };
      }
    }
    this.#seal();
    return this.#counts;
  }

  #take({ kind, body }: StoreRecord): "more" | "end" {
    if (!Object.values<number>(RECORD).includes(kind)) {
      throw new MusterError("DATABASE_DAMAGED", { message: "A record has an unknown kind." });
    }
    switch (kind) {
      case RECORD.head:
        this.#raise(readJson(body) as HeadRecord);
        return "more";
      case RECORD.server:
        this.#begin(readJson(body) as ServerRecord);
        return "more";
      case RECORD.samples:
        this.#append(body);
        return "more";
      case RECORD.rollUps:
        this.#merge(body);
        return "more";
      case RECORD.receipts:
        this.#receipts(readJson(body) as ReceiptsRecord);
        return "more";
      case RECORD.end:
        return "end";
    }
  }

  /** What the file has of older times is roll-ups, and is asked for as such. */
  #raise({ since }: HeadRecord): void {
    const retained = new Retained(this.#db);
    this.#commit(() => {
      for (const tier of since) if (isTier(tier.resolutionMs)) retained.raise(tier.resolutionMs, tier.since);
    });
  }

  #begin({ server, series }: ServerRecord): void {
    this.#server = undefined;
    if (this.#options.serverIds?.includes(server) === false) return;
    const descriptions = series.map(({ metric, labels }) => ({ metric, labels }));
    const ask = { serverId: server, descriptions, seriesPerServerMax: Infinity, now: this.#options.now };
    const ids = this.#write("series", ask);
    const idOf = new Map(
      series.flatMap(({ id }, index) => (ids[index] === undefined ? [] : [[id, ids[index]] as const])),
    );
    const row = Number(this.#db.prepare("SELECT id FROM server WHERE name = ?").get(server)?.["id"]);
    this.#server = { name: server, row, idOf };
    this.#counts.servers++;
    this.#counts.series += idOf.size;
  }

  #append(packed: Uint8Array): void {
    if (this.#server === undefined) return;
    const { name, idOf } = this.#server;
    const block = unpackBlock(packed);
    const keys = block.keys().filter((key) => idOf.has(key));
    const columns = keys.map((key) => block.column(key) ?? new Float64Array());
    const series = keys.map((key) => idOf.get(key) ?? NaN);
    for (let first = 0; first < block.at.length; first += ROWS_PER_COMMIT) {
      const at = block.at.slice(first, first + ROWS_PER_COMMIT);
      const values = new Float64Array(at.length * columns.length);
      for (const [place, column] of columns.entries()) {
        for (let row = 0; row < at.length; row++) values[row * columns.length + place] = column[first + row] ?? NaN;
      }
      const ask = { serverId: name, receipt: undefined, series, rows: { at, values } };
      const outcome: AppendOutcome = this.#write("append", ask);
      this.#counts.samples += outcome.storedCount;
      this.#counts.duplicates += outcome.duplicateCount;
      this.#unsealed += outcome.storedCount;
    }
    if (this.#unsealed > SAMPLES_PER_SEALING) this.#seal();
  }

  #merge(body: Uint8Array): void {
    if (this.#server === undefined) return;
    const { row, idOf } = this.#server;
    const { resolutionMs, packed, ...span } = readRollUps(body);
    if (!isTier(resolutionMs)) throw new MusterError("DATABASE_DAMAGED", { message: "Roll-ups of an unknown length." });
    const incoming = { resolutionMs, ...span, reader: unpackBlock(packed), idOf };
    const { stored, known } = this.#commit(() =>
      new MergeBuckets(this.#db, new BlockRows(this.#db)).add(row, incoming),
    );
    this.#counts.rollUps += stored;
    this.#counts.knownRollUps += known;
    // It remembers blocks by numbers that now may be given to others.
    this.#writer = undefined;
  }

  /** They come after the samples they stand for. */
  #receipts({ stream, ranges }: ReceiptsRecord): void {
    const server = this.#server?.row;
    if (server === undefined) return;
    const receipts = new ReceiptRows(this.#db);
    this.#commit(() => {
      for (const [first, last] of ranges) receipts.addRange(stream, first, last, server);
    });
  }

  #seal(): void {
    let after: number | undefined = 0;
    while (after !== undefined) {
      const slice: WriteCalls["sealSlice"]["answer"] = this.#write("sealSlice", {
        now: this.#options.now + SEAL_SPREAD_MS,
        after,
      });
      after = slice.nextAfter;
    }
    this.#unsealed = 0;
  }

  #write<Kind extends keyof WriteCalls>(
    kind: Kind,
    ask: Omit<Extract<AppliedJob, { readonly kind: Kind }>, "kind">,
  ): WriteCalls[Kind]["answer"] {
    this.#writer ??= new Writer(this.#db);
    const [outcome] = this.#writer.run(() => [{ kind, ...ask } as unknown as AppliedJob]);
    if (outcome?.is !== "done") throw outcome === undefined ? new MusterError("INTERNAL") : errorOf(outcome.failure);
    return outcome.answer as WriteCalls[Kind]["answer"];
  }

  #commit<Answer>(act: () => Answer): Answer {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const answer = act();
      this.#db.exec("COMMIT");
      return answer;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

const isTier = (resolutionMs: number): boolean => [RAW, MINUTE_MS, 60 * MINUTE_MS].includes(resolutionMs);
