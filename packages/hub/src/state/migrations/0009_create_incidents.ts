import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(db);
  await run(`CREATE TABLE rule (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, definition TEXT NOT NULL, origin TEXT UNIQUE,
    created_at INTEGER NOT NULL) STRICT`);
  await run(`CREATE TABLE incident (
    id TEXT PRIMARY KEY, rule_id TEXT NOT NULL, rule_name TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('open','resolved')),
    severity TEXT NOT NULL, opened_at INTEGER NOT NULL, resolved_at INTEGER, reopened INTEGER NOT NULL,
    acknowledged_by TEXT, acknowledged_at INTEGER, snoozed_until INTEGER, evidence TEXT) STRICT`);
  await run(`CREATE INDEX incident_by_state ON incident (state, opened_at)`);
  await run(`CREATE TABLE incident_member (
    incident_id TEXT NOT NULL REFERENCES incident(id) ON DELETE CASCADE, key TEXT NOT NULL, place INTEGER NOT NULL,
    server_id TEXT, subject TEXT NOT NULL, title TEXT NOT NULL, severity TEXT NOT NULL, value REAL, since INTEGER NOT NULL,
    cleared_at INTEGER, PRIMARY KEY (incident_id, key)) STRICT, WITHOUT ROWID`);
  await run(`CREATE INDEX incident_member_by_server ON incident_member (server_id, incident_id)`);
  await run(`CREATE INDEX incident_member_by_key ON incident_member (key)`);
  await run(`CREATE TABLE incident_entry (
    id INTEGER PRIMARY KEY, incident_id TEXT NOT NULL REFERENCES incident(id) ON DELETE CASCADE, at INTEGER NOT NULL,
    kind TEXT NOT NULL, by TEXT NOT NULL, detail TEXT NOT NULL) STRICT`);
  await run(`CREATE INDEX incident_entry_by_incident ON incident_entry (incident_id, id)`);
  await run(`CREATE TABLE silence (
    id TEXT PRIMARY KEY, matcher TEXT NOT NULL, reason TEXT NOT NULL, author TEXT NOT NULL, begins_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL) STRICT`);
  await run(`CREATE TABLE notifier (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, settings TEXT NOT NULL, secret_sealed BLOB,
    is_enabled INTEGER NOT NULL, is_default INTEGER NOT NULL, severity_least TEXT NOT NULL, delay_ms INTEGER NOT NULL,
    repeat_ms INTEGER NOT NULL, hours TEXT, fallback_id TEXT REFERENCES notifier(id) ON DELETE SET NULL,
    state TEXT NOT NULL, state_since INTEGER NOT NULL, state_detail TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT`);
  await run(`CREATE TABLE telling (
    incident_id TEXT NOT NULL REFERENCES incident(id) ON DELETE CASCADE,
    notifier_id TEXT NOT NULL REFERENCES notifier(id) ON DELETE CASCADE, told TEXT NOT NULL, message_ref TEXT,
    PRIMARY KEY (incident_id, notifier_id)) STRICT, WITHOUT ROWID`);
  await run(`CREATE TABLE delivery (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, incident_id TEXT REFERENCES incident(id) ON DELETE CASCADE,
    notifier_id TEXT NOT NULL REFERENCES notifier(id) ON DELETE CASCADE, notice TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting','sent','failed')), attempts INTEGER NOT NULL, asked_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL, ended_at INTEGER, detail TEXT NOT NULL) STRICT`);
  await run(`CREATE INDEX delivery_by_state ON delivery (state, next_at)`);
  await run(`CREATE INDEX delivery_by_incident ON delivery (incident_id)`);
}
