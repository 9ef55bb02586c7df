import { existsSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { HOUR_MS, MINUTE_MS, MusterError } from "@muster/core";
import type { BlockReader, Instant } from "@muster/core";
import { packBlock, unpackBlock } from "../block-bytes.ts";
import { bucketCount } from "../bucket-columns.ts";
import { unlessDamaged } from "../check/unless-damaged.ts";
import { openForReading } from "../open-database.ts";
import { Retained } from "../retained.ts";
import { RAW } from "../schema.ts";
import { errorOf, failureOf } from "../storage-failure.ts";
import { closedHoursOf } from "./closed-hours.ts";
import { FrameBlocks } from "./frame-blocks.ts";
import { receiptsOf } from "./receipts-of.ts";
import { RECORD, StoreFileWriter } from "./store-file.ts";
import { rollUpsBody } from "./record-forms.ts";
import type { HeadRecord, ReceiptsRecord, ServerRecord, StoreCounts } from "./record-forms.ts";

export interface ExportOptions {
  /** Only these servers, by id; all when absent. */
  readonly serverIds?: readonly string[];
  /** What the head says of who made it and when. */
  readonly madeBy: string;
  readonly now: Instant;
}

export interface ExportOutcome extends StoreCounts {
  /** Blocks that could not be read and are not in the file. */
  readonly damagedBlocks: number;
}

/**
 * Writes a store into a new file, one server after the other; the memory it takes does not grow with the store. Nothing
 * may have the store open for writing. Throws NOT_FOUND for a store or a server that is not there, CONFLICT for a file
 * that is; a file that could not be finished is removed.
 */
export function exportStore(path: string, file: string, options: ExportOptions): ExportOutcome {
  if (!existsSync(path)) throw new MusterError("NOT_FOUND", { message: `There is no metric file ${path}.` });
  const db = openForReading(path);
  try {
    const rows = db.prepare("SELECT id, name FROM server WHERE name IS NOT NULL ORDER BY name").all();
    const servers = new Map(rows.map((row) => [String(row["name"]), Number(row["id"])]));
    for (const serverId of options.serverIds ?? []) {
      if (servers.has(serverId)) continue;
      throw new MusterError("NOT_FOUND", { message: `The store has no server ${serverId}.` });
    }
    const to = new StoreFileWriter(file);
    try {
      return new Exporter(db, to).run(
        new Map(options.serverIds?.map((id) => [id, servers.get(id) ?? 0]) ?? servers),
        options,
      );
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    } finally {
      to.close();
    }
  } catch (error) {
    throw errorOf(failureOf(error));
  } finally {
    db.close();
  }
}

class Exporter {
  readonly #db: DatabaseSync;
  readonly #to: StoreFileWriter;
  readonly #frames: FrameBlocks;
  #series = 0;
  #samples = 0;
  #rollUps = 0;
  #damagedBlocks = 0;

  constructor(db: DatabaseSync, to: StoreFileWriter) {
    this.#db = db;
    this.#to = to;
    this.#frames = new FrameBlocks(db);
  }

  run(servers: ReadonlyMap<string, number>, { madeBy, now }: ExportOptions): ExportOutcome {
    // All of it is the state at one commit.
    this.#db.exec("BEGIN");
    const retained = new Retained(this.#db);
    const since = [RAW, MINUTE_MS].map((resolutionMs) => ({ resolutionMs, since: retained.since(resolutionMs) }));
    this.#to.addJson(RECORD.head, { muster: madeBy, exportedAt: now, since } satisfies HeadRecord);
    for (const [name, server] of servers) this.#server(name, server);
    const counts = { series: this.#series, samples: this.#samples, rollUps: this.#rollUps };
    const end: StoreCounts = { servers: servers.size, ...counts };
    this.#to.addJson(RECORD.end, end);
    return { ...end, damagedBlocks: this.#damagedBlocks };
  }

  /** Hours before minutes before samples: what samples are compared with when they come is there by then. */
  #server(name: string, server: number): void {
    const rows = this.#db.prepare("SELECT id, metric, labels FROM series WHERE server = ? ORDER BY id").all(server);
    const series = rows.map((row) => ({
      id: Number(row["id"]),
      metric: String(row["metric"]),
      labels: JSON.parse(String(row["labels"])) as ServerRecord["series"][number]["labels"],
    }));
    this.#series += series.length;
    this.#to.addJson(RECORD.server, { server: name, series } satisfies ServerRecord);
    for (const { span, block } of closedHoursOf(this.#db, server, () => this.#damagedBlocks++)) {
      this.#rollUps += bucketCount(block);
      this.#to.add(RECORD.rollUps, rollUpsBody(HOUR_MS, span, packBlock(block)));
    }
    for (const resolutionMs of [HOUR_MS, MINUTE_MS, RAW]) this.#blocks(server, resolutionMs);
    for (const block of this.#frames.of(server)) {
      this.#samples += valuesIn(block.columns.values());
      this.#to.add(RECORD.samples, packBlock(block));
    }
    this.#receipts(server);
  }

  #blocks(server: number, resolutionMs: number): void {
    const rows = this.#db.prepare(
      "SELECT start, until, packed FROM block WHERE server = ? AND resolution = ? ORDER BY start",
    );
    for (const row of rows.iterate(server, resolutionMs)) {
      const packed = row["packed"] as Uint8Array;
      const columns = unlessDamaged(() => columnsOf(unpackBlock(packed)));
      if (columns === undefined) this.#damagedBlocks++;
      else if (resolutionMs === RAW) {
        this.#samples += valuesIn(columns.values());
        this.#to.add(RECORD.samples, packed);
      } else {
        this.#rollUps += bucketCount({ at: new Float64Array(), columns });
        const span = { from: Number(row["start"]), until: Number(row["until"]) };
        this.#to.add(RECORD.rollUps, rollUpsBody(resolutionMs, span, packed));
      }
    }
  }

  #receipts(server: number): void {
    for (const [stream, ranges] of receiptsOf(this.#db, server)) {
      this.#to.addJson(RECORD.receipts, { stream, ranges } satisfies ReceiptsRecord);
    }
  }
}

const columnsOf = (reader: BlockReader): ReadonlyMap<number, Float64Array> =>
  new Map(reader.keys().map((key) => [key, reader.column(key) ?? new Float64Array()]));

function valuesIn(columns: Iterable<Float64Array>): number {
  let count = 0;
  for (const column of columns) for (const value of column) if (!Number.isNaN(value)) count++;
  return count;
}
