import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(db);
  // Servers, services and users may go; what was done stays, so nothing here refers to their rows.
  await run(`CREATE TABLE action (
    id TEXT PRIMARY KEY, batch_id TEXT NOT NULL, server_id TEXT NOT NULL, server_name TEXT NOT NULL, service_id TEXT,
    action TEXT NOT NULL, args TEXT NOT NULL, needs TEXT NOT NULL, core TEXT, core_sealed BLOB,
    actor TEXT NOT NULL, actor_ref TEXT NOT NULL, door TEXT NOT NULL, reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked','sent','ended')),
    ended_by TEXT CHECK (ended_by IN ('server','hub')),
    outcome TEXT CHECK (outcome IN ('succeeded','failed','refused','unknown')),
    detail TEXT NOT NULL, exit INTEGER, output TEXT,
    asked_at INTEGER NOT NULL, not_after INTEGER NOT NULL, sent_at INTEGER, last_sent_at INTEGER, ended_at INTEGER,
    audit_seq INTEGER NOT NULL, audit_hash TEXT NOT NULL, ended_audit_seq INTEGER) STRICT`);
  await run(`CREATE INDEX action_open ON action(id) WHERE state <> 'ended'`);
  await run(`CREATE INDEX action_server ON action(server_id, id)`);
  await run(`CREATE INDEX action_service ON action(service_id, id) WHERE service_id IS NOT NULL`);
  await run(`CREATE INDEX action_batch ON action(batch_id)`);
  await run(`CREATE INDEX action_asked ON action(asked_at)`);
  await run(`CREATE TABLE action_request (
    actor_ref TEXT NOT NULL, idempotency_key TEXT NOT NULL, body_hash TEXT NOT NULL, batch_id TEXT NOT NULL,
    asked_at INTEGER NOT NULL, PRIMARY KEY (actor_ref, idempotency_key)) STRICT, WITHOUT ROWID`);
}
