import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. A token that is bound lets exactly the agent of one server join, which the hub dials. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw(`ALTER TABLE join_token ADD COLUMN server_id TEXT REFERENCES server(id) ON DELETE CASCADE`).execute(db);
}
