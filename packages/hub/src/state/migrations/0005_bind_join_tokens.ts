import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const column = "server_id TEXT REFERENCES server(id) ON DELETE CASCADE";
  await sql.raw(`ALTER TABLE join_token ADD COLUMN ${column}`).execute(db);
}
