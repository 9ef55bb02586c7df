import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(db);
  await run(`CREATE TABLE probe (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, settings TEXT NOT NULL, secret_sealed BLOB,
    token_hash TEXT UNIQUE, via_server_id TEXT,
    about_server_id TEXT REFERENCES server(id) ON DELETE SET NULL, tags TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('active','paused')),
    maintenance_until INTEGER, interval_ms INTEGER NOT NULL, timeout_ms INTEGER NOT NULL, rise INTEGER NOT NULL, fall INTEGER NOT NULL,
    created_at INTEGER NOT NULL, standing TEXT NOT NULL, heard TEXT NOT NULL) STRICT`);
}
