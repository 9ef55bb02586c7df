import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw("ALTER TABLE notifier ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0").execute(db);
}
