import { IMPORT_LIMITS, MusterError } from "@muster/core";
import type { DatabaseSync } from "node:sqlite";

/** Tables of other systems that list servers, in the order in which they are looked for. */
const TABLES = ["monitored_backends", "backends", "servers"];
const COLUMNS_MAX = 64;
const TEXT_CHARACTERS_MAX = 16_384;

type Row = Readonly<Record<string, unknown>>;

/**
 * Rows of the table that lists servers in another system's SQLite database, which is only read and never trusted: views
 * and virtual tables are not asked, and what is read is bounded. Throws BAD_REQUEST saying why there are none.
 */
export async function readRows(path: string): Promise<readonly Row[]> {
  const { DatabaseSync } = await import("node:sqlite");
  try {
    using db = new DatabaseSync(path, { readOnly: true, allowExtension: false, timeout: 2_000 });
    db.exec("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA cell_size_check = ON");
    const table = TABLES.find((name) => isPlainTable(db, name));
    if (table === undefined) throw new Error(`it has none of the tables ${TABLES.join(", ")}`);
    return tableRows(db, table);
  } catch (error) {
    const message = `${path} cannot be used: ${(error as Error).message}.`;
    throw new MusterError("BAD_REQUEST", { message }, error);
  }
}

const isPlainTable = (db: DatabaseSync, name: string): boolean =>
  db
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? AND sql LIKE 'CREATE TABLE %'")
    .get(name) !== undefined;

function tableRows(db: DatabaseSync, table: string): readonly Row[] {
  // Generated columns could take as long as their author likes, and are not listed here.
  const columns = db
    .prepare("SELECT name FROM pragma_table_info(?) LIMIT ?")
    .all(table, COLUMNS_MAX)
    .map(({ name }) => String(name));
  const selected = columns
    .map(quotedName)
    .map(
      (name) =>
        `CASE typeof(${name}) WHEN 'text' THEN substr(${name}, 1, ${TEXT_CHARACTERS_MAX}) WHEN 'blob' THEN NULL ELSE ${name} END AS ${name}`,
    );
  const statement = db.prepare(`SELECT ${selected.join(", ")} FROM ${quotedName(table)} LIMIT ?`);
  const rows: Row[] = [];
  let characters = 0;
  for (const row of statement.iterate(IMPORT_LIMITS.serversMax + 1)) {
    for (const value of Object.values(row)) if (typeof value === "string") characters += value.length;
    if (characters > IMPORT_LIMITS.fileBytesMax)
      throw new Error(`its table ${table} holds more than ${IMPORT_LIMITS.fileBytesMax} characters`);
    rows.push(row);
  }
  return rows;
}

const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
