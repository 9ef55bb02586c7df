import type { RetentionDays } from "@muster/core";
import type { Database } from "./database.ts";

const KEY = "retention";

/** The retention that an administrator chose, as a row of `meta`. */
export const retentionRow = (db: Database) => ({
  async read(): Promise<RetentionDays | undefined> {
    const row = await db.selectFrom("meta").select("value").where("key", "=", KEY).executeTakeFirst();
    return row === undefined ? undefined : (JSON.parse(row.value) as RetentionDays);
  },
  async write(retention: RetentionDays): Promise<void> {
    const value = JSON.stringify(retention);
    await db
      .insertInto("meta")
      .values({ key: KEY, value })
      .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
      .execute();
  },
});
