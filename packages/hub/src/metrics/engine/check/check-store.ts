import { existsSync, rmSync, statSync } from "node:fs";
import { MusterError } from "@muster/core";
import { openForReading, readPragma } from "../open-database.ts";
import { APPLICATION_ID, SCHEMA_STEPS } from "../schema.ts";
import { failureOf, errorOf } from "../storage-failure.ts";
import { CheckBlocks } from "./check-blocks.ts";
import { CheckFrames } from "./check-frames.ts";
import { checkBelonging, checkCounts, checkReceipts } from "./check-rows.ts";
import { Findings } from "./findings.ts";
import type { Finding } from "./findings.ts";

export interface StoreReport {
  /** Empty when all is well. */
  readonly findings: readonly Finding[];
  readonly servers: number;
  readonly series: number;
  readonly blocks: number;
  readonly frames: number;
  /** That can be read. */
  readonly samples: number;
  /** The database file and its log. */
  readonly bytes: number;
}

/**
 * Reads all of a metric file and says what is wrong with it. Nothing may have it open for writing. Never writes: a log
 * that was left beside the file is read where it is. Throws NOT_FOUND where there is no file, DATABASE_NEWER, and
 * DATABASE_DAMAGED for one that is none of ours or too old to be judged.
 */
export function checkStore(path: string): StoreReport {
  if (!existsSync(path)) throw new MusterError("NOT_FOUND", { message: `There is no metric file ${path}.` });
  const index = `${path}-shm`;
  const hadIndex = existsSync(index);
  try {
    return read(path);
  } catch (error) {
    throw errorOf(failureOf(error));
  } finally {
    // Reading a log needs an index beside it; it holds nothing that the log does not.
    if (!hadIndex) rmSync(index, { force: true });
  }
}

function read(path: string): StoreReport {
  const logBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const findings = new Findings();
  const db = openForReading(path);
  try {
    if (readPragma(db, "application_id") !== APPLICATION_ID) {
      throw new MusterError("DATABASE_DAMAGED", { message: "The metric file is not one of Muster's." });
    }
    const version = readPragma(db, "user_version");
    if (version > SCHEMA_STEPS.length) throw new MusterError("DATABASE_NEWER");
    if (version < SCHEMA_STEPS.length) {
      throw new MusterError("DATABASE_DAMAGED", {
        message: "The metric file is of an older version; start the hub once, which brings it up to date.",
      });
    }
    // All is read of one commit, whoever may be about.
    db.exec("BEGIN");
    for (const row of db.prepare("PRAGMA integrity_check(20)").all()) {
      const text = String(row["integrity_check"]);
      if (text !== "ok") findings.add("file-damaged", text);
    }
    if (logBytes > 0) findings.add("log-left", `${logBytes} bytes`);
    const blocks = new CheckBlocks(db, findings);
    const sealed = blocks.run();
    const waiting = new CheckFrames(db, findings).run();
    checkBelonging(db, findings);
    checkReceipts(db, findings);
    checkCounts(db, findings, { samples: sealed.toldSamples + waiting.samples, stock: blocks.stock });
    const count = (table: string): number =>
      Number(db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.["rows"]);
    return {
      findings: findings.list(),
      servers: count("server WHERE name IS NOT NULL"),
      series: count("series"),
      blocks: sealed.blocks,
      frames: waiting.frames,
      samples: sealed.samples + waiting.samples,
      bytes: statSync(path).size + logBytes,
    };
  } finally {
    db.close();
  }
}
