import { MusterError, STATUS_PAGES_MAX } from "@muster/core";
import type { Clock, StatusPage } from "@muster/core";
import { isUniqueViolation, uuidv7 } from "@muster/node-kit";
import type { Database } from "../state/database.ts";
import type { StatusPageRow } from "../state/schema.ts";

export type StatusPageDefinition = Omit<StatusPage, "id">;

/** Keeps status pages, and knows them all. A page that was changed is another object. */
export class StatusPageStore {
  readonly #db: Database;
  readonly #clock: Clock;
  #pages: readonly StatusPage[];

  private constructor(db: Database, clock: Clock, pages: readonly StatusPage[]) {
    this.#db = db;
    this.#clock = clock;
    this.#pages = pages;
  }

  static async open({ db, clock }: { readonly db: Database; readonly clock: Clock }): Promise<StatusPageStore> {
    const rows = await db.selectFrom("status_page").selectAll().orderBy("id").execute();
    return new StatusPageStore(db, clock, rows.map(toPage));
  }

  /** Oldest first. */
  get all(): readonly StatusPage[] {
    return this.#pages;
  }

  /** Throws NOT_FOUND. */
  get(id: string): StatusPage {
    const page = this.#pages.find((one) => one.id === id);
    if (page === undefined) throw new MusterError("NOT_FOUND");
    return page;
  }

  /** Throws CONFLICT where the slug is taken or there are too many. */
  async add(definition: StatusPageDefinition): Promise<StatusPage> {
    if (this.#pages.length >= STATUS_PAGES_MAX)
      throw new MusterError("CONFLICT", { message: `There are ${STATUS_PAGES_MAX} status pages; delete one first.` });
    const page = { id: uuidv7(this.#clock.now()), ...definition };
    await ownSlug(() => this.#db.insertInto("status_page").values(toRow(page)).execute());
    this.#pages = [...this.#pages, page];
    return page;
  }

  /** Throws NOT_FOUND, CONFLICT where the slug is taken. */
  async change(id: string, definition: StatusPageDefinition): Promise<StatusPage> {
    this.get(id);
    const page = { id, ...definition };
    await ownSlug(() => this.#db.updateTable("status_page").set(toRow(page)).where("id", "=", id).execute());
    this.#pages = this.#pages.map((one) => (one.id === id ? page : one));
    return page;
  }

  /** Throws NOT_FOUND. */
  async delete(id: string): Promise<void> {
    this.get(id);
    await this.#db.deleteFrom("status_page").where("id", "=", id).execute();
    this.#pages = this.#pages.filter((one) => one.id !== id);
  }
}

async function ownSlug(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isUniqueViolation(error))
      throw new MusterError("CONFLICT", { fields: { "body.slug": "another status page has this address" } });
    throw error;
  }
}

const toRow = ({ id, slug, ...page }: StatusPage): StatusPageRow => ({ id, slug, page: JSON.stringify(page) });

const toPage = ({ id, slug, page }: StatusPageRow): StatusPage => ({
  ...{ id, slug },
  ...(JSON.parse(page) as Omit<StatusPage, "id" | "slug">),
});
