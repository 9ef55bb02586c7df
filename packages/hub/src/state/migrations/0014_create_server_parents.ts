import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(db);
  await run(`CREATE TABLE server_parent (
    server_id TEXT NOT NULL REFERENCES server(id) ON DELETE CASCADE,
    parent_server_id TEXT REFERENCES server(id) ON DELETE CASCADE,
    parent_probe_id TEXT REFERENCES probe(id) ON DELETE CASCADE,
    CHECK ((parent_server_id IS NULL) <> (parent_probe_id IS NULL))) STRICT`);
  await run(`CREATE INDEX server_parent_by_server ON server_parent (server_id)`);
  await run(`CREATE INDEX server_parent_by_parent ON server_parent (parent_server_id)`);
  await run(`CREATE INDEX server_parent_by_probe ON server_parent (parent_probe_id)`);
}
