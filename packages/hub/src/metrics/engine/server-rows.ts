import type { DatabaseSync } from "node:sqlite";

/** The numbers that stand for server ids inside the file. */
export class ServerRows {
  readonly #select;
  readonly #insert;
  readonly #hide;
  readonly #selectHidden;
  readonly #known = new Map<string, number>();

  constructor(db: DatabaseSync) {
    this.#select = db.prepare("SELECT id FROM server WHERE name = ?");
    this.#insert = db.prepare("INSERT INTO server (name) VALUES (?)");
    this.#hide = ["UPDATE server SET name = NULL WHERE id = ?", "DELETE FROM layout WHERE server = ?"]
      .concat(
        "DELETE FROM series WHERE server = ?",
        "DELETE FROM receipt WHERE stream IN (SELECT stream FROM receipt WHERE server = ?)",
      )
      .map((sql) => db.prepare(sql));
    this.#selectHidden = db.prepare("SELECT id FROM server WHERE name IS NULL");
  }

  find(serverId: string): number | undefined {
    const known = this.#known.get(serverId);
    if (known !== undefined) return known;
    const row = this.#select.get(serverId);
    if (row === undefined) return undefined;
    this.#known.set(serverId, Number(row["id"]));
    return Number(row["id"]);
  }

  findOrMake(serverId: string): number {
    return this.find(serverId) ?? Number(this.#insert.run(serverId).lastInsertRowid);
  }

  /** Takes away its name, series and receipts. Its frames can no longer be reached, and are purged slice by slice. */
  hide(serverId: string): number | undefined {
    const server = this.find(serverId);
    if (server === undefined) return undefined;
    for (const statement of this.#hide) statement.run(server);
    this.#known.delete(serverId);
    return server;
  }

  hidden(): readonly number[] {
    return this.#selectHidden.all().map((row) => Number(row["id"]));
  }

  /** After a rollback, what was learnt in the transaction is not so. */
  forget(): void {
    this.#known.clear();
  }
}
