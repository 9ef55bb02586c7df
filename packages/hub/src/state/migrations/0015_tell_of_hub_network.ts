import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. The rule about Muster itself tells of the hub's own network from now on. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(
      `UPDATE rule SET definition = json_set(definition, '$.condition.severities.network', 'critical')
       WHERE origin = 'hub' AND json_extract(definition, '$.condition.is') = 'hub'`,
    )
    .execute(db);
}
