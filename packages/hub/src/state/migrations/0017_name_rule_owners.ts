import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw("ALTER TABLE rule ADD COLUMN owner TEXT").execute(db);
}
