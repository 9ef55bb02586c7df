import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(db);
  await run(`CREATE TABLE rollout (
    id TEXT PRIMARY KEY, plan TEXT NOT NULL, state TEXT NOT NULL, is_over INTEGER NOT NULL, asker TEXT NOT NULL,
    asker_ref TEXT NOT NULL, door TEXT NOT NULL, asked_at INTEGER NOT NULL, approved_by TEXT, approved_at INTEGER,
    started_at INTEGER, ended_at INTEGER, revision INTEGER NOT NULL) STRICT`);
  await run(`CREATE INDEX rollout_by_end ON rollout (is_over, ended_at)`);
  await run(`CREATE TABLE rollout_target (
    rollout_id TEXT NOT NULL REFERENCES rollout(id) ON DELETE CASCADE, place INTEGER NOT NULL, stage TEXT NOT NULL,
    progress TEXT NOT NULL, PRIMARY KEY (rollout_id, place)) STRICT, WITHOUT ROWID`);
  await run(`CREATE TABLE service_need (
    service_id TEXT NOT NULL REFERENCES service(id) ON DELETE CASCADE,
    needs_id TEXT NOT NULL REFERENCES service(id) ON DELETE CASCADE, author TEXT NOT NULL, created_at INTEGER NOT NULL,
    PRIMARY KEY (service_id, needs_id)) STRICT, WITHOUT ROWID`);
}
