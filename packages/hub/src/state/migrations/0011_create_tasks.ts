import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(db);
  await run(`CREATE TABLE task (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, definition TEXT NOT NULL, owner_ref TEXT NOT NULL, owner TEXT NOT NULL,
    suspended TEXT, accounted_to INTEGER NOT NULL, created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL) STRICT`);
  await run(`CREATE TABLE task_run (
    id TEXT PRIMARY KEY, task_id TEXT NOT NULL REFERENCES task(id) ON DELETE CASCADE, task_name TEXT NOT NULL,
    slot INTEGER NOT NULL, slot_last INTEGER NOT NULL, slot_count INTEGER NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('schedule','asked')), by TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting','running','ended')), outcome TEXT, detail TEXT NOT NULL,
    attempt INTEGER NOT NULL, not_before INTEGER NOT NULL, until INTEGER, started_at INTEGER, late_ms INTEGER, ended_at INTEGER,
    holder TEXT, held_until INTEGER NOT NULL, epoch INTEGER NOT NULL, UNIQUE (task_id, slot)) STRICT`);
  await run(`CREATE INDEX task_run_open ON task_run (held_until) WHERE state <> 'ended'`);
  await run(`CREATE INDEX task_run_by_slot ON task_run (slot)`);
  await run(`CREATE TABLE task_run_batch (
    run_id TEXT NOT NULL REFERENCES task_run(id) ON DELETE CASCADE, attempt INTEGER NOT NULL, batch_id TEXT NOT NULL,
    PRIMARY KEY (run_id, attempt)) STRICT, WITHOUT ROWID`);
  await run(`CREATE TABLE task_run_step (
    run_id TEXT NOT NULL REFERENCES task_run(id) ON DELETE CASCADE, attempt INTEGER NOT NULL, place INTEGER NOT NULL,
    what TEXT NOT NULL, outcome TEXT, detail TEXT NOT NULL, output TEXT NOT NULL, ended_at INTEGER,
    PRIMARY KEY (run_id, attempt, place)) STRICT, WITHOUT ROWID`);
}
