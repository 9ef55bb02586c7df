import { DEFAULT_RULES, FILE_ORIGIN, MusterError } from "@muster/core";
import type { Clock, Instant, Rule, RuleDefinition } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import type { Database } from "../state/database.ts";
import { namedWrite } from "../state/named-write.ts";
import type { RuleRow } from "../state/schema.ts";

export interface KnownRule extends Rule {
  /** By which name it came with the program, or `file:` and in which file it stands; null: somebody made it. */
  readonly origin: string | null;
  readonly createdAt: Instant;
  /** Who saved it last, in words that whoever reads logs for it understands; null: nobody, or who wrote its file. */
  readonly owner: string | null;
}

/** Where it is kept which rules came with the program already, so that one that was taken away does not come back. */
const META_KEY = "default_rules";

/** Keeps rules. */
export class RuleStore {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(deps: { readonly db: Database; readonly clock: Clock }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
  }

  /** All of them, after those that come with the program and have never been here were added. */
  async open(): Promise<readonly KnownRule[]> {
    await this.#db.transaction().execute(async (db) => {
      const row = await db.selectFrom("meta").select("value").where("key", "=", META_KEY).executeTakeFirst();
      const known = new Set(row === undefined ? [] : (JSON.parse(row.value) as string[]));
      const fresh = Object.entries(DEFAULT_RULES).filter(([origin]) => !known.has(origin));
      if (fresh.length === 0) return;
      for (const [origin, definition] of fresh)
        await db
          .insertInto("rule")
          .values(this.#row(definition, origin))
          // Somebody has a rule of this name: theirs stays.
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      const value = JSON.stringify(Object.keys(DEFAULT_RULES));
      await db
        .insertInto("meta")
        .values({ key: META_KEY, value })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
        .execute();
    });
    return (await this.#db.selectFrom("rule").selectAll().orderBy("id").execute()).map(toRule);
  }

  /** Throws CONFLICT when the name is taken. */
  async add(definition: RuleDefinition, owner: string): Promise<KnownRule> {
    const row = this.#row(definition, null, owner);
    await naming(() => this.#db.insertInto("rule").values(row).execute());
    return toRule(row);
  }

  /** Throws NOT_FOUND, CONFLICT when the name is taken. */
  async change(id: string, definition: RuleDefinition, owner: string): Promise<KnownRule> {
    const { name, ...rest } = definition;
    await naming(() =>
      this.#db
        .updateTable("rule")
        .set({ name, definition: JSON.stringify(rest), owner })
        .where("id", "=", id)
        .execute(),
    );
    const row = await this.#db.selectFrom("rule").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) throw new MusterError("NOT_FOUND");
    return toRule(row);
  }

  async delete(id: string): Promise<void> {
    await this.#db.deleteFrom("rule").where("id", "=", id).execute();
  }

  /**
   * Makes the rules of files be exactly these. One that has the name of another rule takes its place and its incidents;
   * one that stands there no more is deleted.
   */
  async setOfFile(file: string, definitions: readonly RuleDefinition[]): Promise<readonly KnownRule[]> {
    const origin = `${FILE_ORIGIN}${file}`;
    return this.#db.transaction().execute(async (db) => {
      const names = definitions.map(({ name }) => name);
      const gone = db.deleteFrom("rule").where("origin", "like", `${FILE_ORIGIN}%`);
      await (names.length === 0 ? gone : gone.where("name", "not in", names)).execute();
      for (const definition of definitions) {
        // No two rows have one origin.
        const row = this.#row(definition, `${origin}#${definition.name}`);
        await db
          .insertInto("rule")
          .values(row)
          .onConflict((conflict) =>
            conflict.column("name").doUpdateSet({ definition: row.definition, origin: row.origin, owner: null }),
          )
          .execute();
      }
      const rows = await db
        .selectFrom("rule")
        .selectAll()
        .where("origin", "like", `${FILE_ORIGIN}%`)
        .orderBy("id")
        .execute();
      return rows.map(toRule);
    });
  }

  /** Makes the rules of files somebody's own. */
  async releaseFiles(): Promise<void> {
    await this.#db.updateTable("rule").set({ origin: null }).where("origin", "like", `${FILE_ORIGIN}%`).execute();
  }

  #row({ name, ...definition }: RuleDefinition, origin: string | null, owner: string | null = null): RuleRow {
    const now = this.#clock.now();
    return {
      ...{ id: uuidv7(now), name, definition: JSON.stringify(definition), origin, created_at: now },
      owner,
    };
  }
}

const toRule = (row: RuleRow): KnownRule => ({
  ...(JSON.parse(row.definition) as Omit<RuleDefinition, "name">),
  ...{ id: row.id, name: row.name, createdAt: row.created_at },
  owner: row.owner,
  origin: row.origin?.startsWith(FILE_ORIGIN) ? row.origin.slice(0, -`#${row.name}`.length) : row.origin,
});

const naming = (write: () => Promise<unknown>): Promise<void> =>
  namedWrite(write, { taken: "is taken by another rule" });
