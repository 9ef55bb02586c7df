import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(db);
  await run(`CREATE TABLE status_page (
    id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, page TEXT NOT NULL) STRICT, WITHOUT ROWID`);
  await run(`CREATE TABLE uptime (
    thing TEXT NOT NULL, span TEXT NOT NULL CHECK (span IN ('hours', 'days')), from_at INTEGER NOT NULL,
    up INTEGER NOT NULL, degraded INTEGER NOT NULL, down INTEGER NOT NULL,
    PRIMARY KEY (thing, span, from_at)) STRICT, WITHOUT ROWID`);
}
