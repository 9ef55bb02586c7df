import { MusterError } from "@muster/core";
import { Kysely, sql } from "kysely";
import { MIGRATIONS } from "./migrations/catalog.ts";
import type { StateSchema } from "./schema.ts";
import { nodeSqliteDialect, openSqlite } from "./sqlite-dialect.ts";

export type Database = Kysely<StateSchema>;

/** "Mstr": tells a Muster database from any other SQLite file. */
const APPLICATION_ID = 0x4d737472;

/**
 * Opens the state database and brings it to the present schema, each step in a transaction of its own.
 * Throws DATABASE_NEWER when a newer program wrote it, DATABASE_DAMAGED when it is not usable.
 */
export async function openState(path: string): Promise<Database> {
  let sqlite;
  try {
    sqlite = openSqlite(path);
  } catch (error) {
    throw new MusterError("DATABASE_DAMAGED", { message: `The state database ${path} cannot be opened.` }, error);
  }
  const db = new Kysely<StateSchema>({ dialect: nodeSqliteDialect(sqlite) });
  try {
    await migrate(db, path);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function migrate(db: Database, path: string): Promise<void> {
  const applicationId = await readPragma(db, "application_id");
  const version = await readPragma(db, "user_version");
  if (applicationId !== 0 && applicationId !== APPLICATION_ID) {
    throw new MusterError("DATABASE_DAMAGED", { message: `The state database ${path} is none of Muster.` });
  }
  if (version > MIGRATIONS.length) {
    throw new MusterError("DATABASE_NEWER", {
      message: `The state database ${path} has schema ${version}, this program knows up to ${MIGRATIONS.length}; run the newer Muster, or restore a backup.`,
    });
  }
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index < version) continue;
    await db.transaction().execute(async (transaction) => {
      await sql.raw(`PRAGMA application_id = ${APPLICATION_ID}`).execute(transaction);
      await sql.raw(`PRAGMA user_version = ${index + 1}`).execute(transaction);
      await migration.up(transaction as unknown as Kysely<never>);
    });
  }
}

async function readPragma(db: Database, name: "application_id" | "user_version"): Promise<number> {
  try {
    const { rows } = await sql.raw<Record<string, number>>(`PRAGMA ${name}`).execute(db);
    return rows[0]?.[name] ?? 0;
  } catch (error) {
    throw new MusterError("DATABASE_DAMAGED", {}, error);
  }
}
