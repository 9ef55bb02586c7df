import { chmodSync, closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { SQLInputValue, StatementSync } from "node:sqlite";
import { SqliteDialect } from "kysely";
import type { SqliteDatabase, SqliteStatement } from "kysely";

/**
 * Opens a SQLite file as it must be for what may not be lost: every commit is on the disk before it returns
 * (reliability.md, design rule 4).
 */
export function openSqlite(path: string): DatabaseSync {
  // Made by us with mode 0600 whatever the umask; SQLite gives its side files the mode of the main one.
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5_000 });
  try {
    database.exec(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON",
    );
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Lets Kysely's SQLite dialect, which expects better-sqlite3, drive `node:sqlite`. */
export const nodeSqliteDialect = (database: DatabaseSync): SqliteDialect =>
  new SqliteDialect({ database: asKyselyDatabase(database) });

function asKyselyDatabase(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      // A full disk ends the transaction by itself; a rollback that fails for it would hide why.
      if (sql === "rollback" && !database.isTransaction) return NOTHING;
      const known = statements.get(sql);
      if (known) return known;
      const statement = asKyselyStatement(database.prepare(sql));
      if (statements.size < 500) statements.set(sql, statement);
      return statement;
    },
  };
}

const NOTHING: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0n, lastInsertRowid: 0n }),
  iterate: () => [][Symbol.iterator](),
};

const asKyselyStatement = (statement: StatementSync): SqliteStatement => ({
  reader: statement.columns().length > 0,
  all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
  run(parameters) {
    const { changes, lastInsertRowid } = statement.run(...(parameters as SQLInputValue[]));
    return { changes: BigInt(changes), lastInsertRowid: BigInt(lastInsertRowid) };
  },
  iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
});
