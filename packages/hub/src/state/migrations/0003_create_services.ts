import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(db);
  await run(`CREATE TABLE service (
    id TEXT PRIMARY KEY, server_id TEXT NOT NULL REFERENCES server(id) ON DELETE CASCADE,
    driver TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
    status TEXT NOT NULL, told_at INTEGER NOT NULL, gone_at INTEGER,
    UNIQUE (server_id, driver, name)) STRICT`);
  await run(`CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, server_id TEXT NOT NULL REFERENCES server(id) ON DELETE CASCADE,
    ledger_id TEXT NOT NULL, seq INTEGER NOT NULL,
    driver TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, entry TEXT NOT NULL,
    UNIQUE (server_id, ledger_id, seq)) STRICT`);
  await run(`CREATE INDEX ledger_service ON ledger(server_id, driver, name)`);
}
