import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(db);
  await run(`CREATE TABLE ssh_key (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL, public_key TEXT NOT NULL, fingerprint TEXT NOT NULL UNIQUE,
    private_sealed BLOB NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL) STRICT`);
  await run(`CREATE TABLE server_link (
    server_id TEXT PRIMARY KEY REFERENCES server(id) ON DELETE CASCADE, settings TEXT NOT NULL, secret_sealed BLOB,
    token_hash TEXT, host_key TEXT, shown_host_key TEXT, key_id TEXT REFERENCES ssh_key(id)) STRICT`);
  await run(`CREATE INDEX server_link_key ON server_link(key_id) WHERE key_id IS NOT NULL`);
  // What the hub itself does on servers without an agent, written down before it is done.
  await run(`CREATE TABLE link_command (
    cmd TEXT PRIMARY KEY, server_id TEXT NOT NULL REFERENCES server(id) ON DELETE CASCADE, core_hash TEXT NOT NULL,
    started_at INTEGER NOT NULL, action TEXT, seen TEXT, allowed_by TEXT, result TEXT, confirmed INTEGER NOT NULL CHECK (confirmed IN (0,1))) STRICT`);
  await run(`CREATE INDEX link_command_server ON link_command(server_id, started_at)`);
}
