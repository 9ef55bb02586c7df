import { chmodSync, closeSync, existsSync, openSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { MusterError } from "@muster/core";
import { APPLICATION_ID, SCHEMA_STEPS } from "./schema.ts";

/** A commit writes whole pages, and the last page of a block is half empty on average: small ones cost less. */
const PAGE_BYTES = 2_048;
/** A checkpoint every 32 MB: a page that is filled row by row reaches the database file once, not at each row. */
const CHECKPOINT_PAGES = 16_000;
/** A file that cannot shrink is written anew when more than one page in so many is empty. */
const HOLLOW_RATIO = 8;
const WAL_BYTES_KEPT = 33_554_432;
/** Most of what the writer reads was written a while ago, and is in the cache of the system if anywhere. */
const WRITER_CACHE_KIB = 4_096;
/** A look at the fleet reads a page of each server again and again. */
const READER_CACHE_KIB = 8_192;
const SAFETY = "PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";

/** Makes or opens the file, mode 0600, and brings its schema up to date. A newer or foreign file is left untouched. */
export function openForWriting(path: string): DatabaseSync {
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  if (statSync(path).size > 0) assertOurs(path);
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: true });
  try {
    // What stands before WAL works on an empty file only; an older one gets it when it is rewritten.
    db.exec(`${SAFETY} PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL`);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    db.exec(`PRAGMA journal_size_limit = ${WAL_BYTES_KEPT}`);
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA cache_size = -${WRITER_CACHE_KIB}`);
    migrate(db);
    rewriteHollow(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Beside a writer: WAL lets readers see the last commit without waiting. */
export function openForReading(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true });
  db.exec(`${SAFETY} PRAGMA cache_size = -${READER_CACHE_KIB}`);
  return db;
}

function assertOurs(path: string): void {
  // A stop while the file was being made left a journal; a reader may not undo what it says, and so can read nothing.
  const db = new DatabaseSync(path, { readOnly: !existsSync(`${path}-journal`) });
  try {
    const applicationId = readPragma(db, "application_id");
    // An empty schema is what a crash between making the file and its first commit leaves.
    const isBlank = applicationId === 0 && readPragma(db, "schema_version") === 0;
    if (!isBlank && applicationId !== APPLICATION_ID) {
      throw new MusterError("DATABASE_DAMAGED", { message: "The metric file is not one of Muster's." });
    }
    if (readPragma(db, "user_version") > SCHEMA_STEPS.length) throw new MusterError("DATABASE_NEWER");
  } finally {
    db.close();
  }
}

function migrate(db: DatabaseSync): void {
  const version = readPragma(db, "user_version");
  for (const [index, step] of SCHEMA_STEPS.entries()) {
    if (index < version) continue;
    db.exec("BEGIN IMMEDIATE");
    db.exec(`${step}; PRAGMA user_version = ${index + 1}; PRAGMA application_id = ${APPLICATION_ID}; COMMIT`);
  }
}

/**
 * A file of the plain store cannot give pages back to the disk. Once much of it is empty, because its frames were
 * sealed, it is written anew, which takes as long as what is left, and from then on it can.
 */
function rewriteHollow(db: DatabaseSync): void {
  if (readPragma(db, "auto_vacuum") !== 0) return;
  if (readPragma(db, "freelist_count") * HOLLOW_RATIO > readPragma(db, "page_count")) {
    db.exec("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  }
}

export type PragmaName =
  | "application_id"
  | "user_version"
  | "schema_version"
  | "auto_vacuum"
  | "freelist_count"
  | "page_count"
  | "page_size";

export function readPragma(db: DatabaseSync, name: PragmaName): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
