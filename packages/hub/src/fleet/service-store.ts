import type { Instant, LedgerEntry, ServiceKey } from "@muster/core";
import type { WireService } from "@muster/protocol";
import type { Database } from "../state/database.ts";
import type { ServiceRow } from "../state/schema.ts";

/** A service as it is kept. */
export interface KnownService {
  readonly id: string;
  readonly serverId: string;
  readonly status: WireService;
  readonly toldAt: Instant;
  readonly goneAt: Instant | null;
}

const ROWS_PER_STATEMENT = 100;

const toService = (row: ServiceRow): KnownService => ({
  id: row.id,
  serverId: row.server_id,
  status: JSON.parse(row.status) as WireService,
  toldAt: row.told_at,
  goneAt: row.gone_at,
});

const toRow = ({ id, serverId, status, toldAt, goneAt }: KnownService): ServiceRow => ({
  id,
  server_id: serverId,
  driver: status.driver,
  name: status.name,
  created_at: toldAt,
  status: JSON.stringify(status),
  told_at: toldAt,
  gone_at: goneAt,
});

/** Keeps services and their ledgers. */
export class ServiceStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async all(): Promise<readonly KnownService[]> {
    return (await this.#db.selectFrom("service").selectAll().orderBy("id").execute()).map(toService);
  }

  /** Writes services down as they are now, and drops others; all of it or nothing. */
  async save(services: readonly KnownService[], droppedIds: readonly string[]): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      for (const ids of inParts(droppedIds)) await db.deleteFrom("service").where("id", "in", ids).execute();
      for (const part of inParts(services))
        await db
          .insertInto("service")
          .values(part.map(toRow))
          .onConflict((conflict) =>
            conflict.column("id").doUpdateSet((set) => ({
              status: set.ref("excluded.status"),
              told_at: set.ref("excluded.told_at"),
              gone_at: set.ref("excluded.gone_at"),
            })),
          )
          .execute();
    });
  }

  /** The newest line that is kept of a server's present ledger; number 0 when none is. */
  async ledgerSeq(serverId: string, ledgerId: string): Promise<number> {
    const row = await this.#db
      .selectFrom("ledger")
      .select((select) => select.fn.max("seq").as("seq"))
      .where("server_id", "=", serverId)
      .where("ledger_id", "=", ledgerId)
      .executeTakeFirst();
    return row?.seq ?? 0;
  }

  /** Keeps lines; those that are kept already stay as they are. */
  async addToLedger(serverId: string, ledgerId: string, entries: readonly LedgerEntry[]): Promise<void> {
    for (const part of inParts(entries))
      await this.#db
        .insertInto("ledger")
        .values(
          part.map((entry) => ({
            server_id: serverId,
            ledger_id: ledgerId,
            seq: entry.seq,
            driver: entry.driver,
            name: entry.name,
            at: entry.at,
            entry: JSON.stringify(entry),
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute();
  }

  /**
   * Lines of one service, newest first, numbered as they came here: a server's own numbers begin anew with each ledger.
   * @param before only lines with a lower number.
   */
  async ledger(
    serverId: string,
    { driver, name }: ServiceKey,
    { before, event, limit }: { readonly before?: number; readonly event?: string; readonly limit: number },
  ): Promise<readonly LedgerEntry[]> {
    let query = this.#db
      .selectFrom("ledger")
      .select(["id", "entry"])
      .where("server_id", "=", serverId)
      .where("driver", "=", driver)
      .where("name", "=", name)
      .orderBy("id", "desc")
      .limit(limit);
    if (before !== undefined) query = query.where("id", "<", before);
    if (event !== undefined)
      query = query.where((where) => where(where.fn("json_extract", ["entry", where.val("$.event")]), "=", event));
    return (await query.execute()).map(({ id, entry }) => ({ ...(JSON.parse(entry) as LedgerEntry), seq: id }));
  }

  /** Forgets lines older than this, and of each server all but the newest so many. */
  async deleteLines(before: Instant, keptPerServer: number): Promise<void> {
    await this.#db.deleteFrom("ledger").where("at", "<", before).execute();
    const ranked = this.#db
      .selectFrom("ledger")
      .select((select) => [
        "id",
        select.fn
          .agg<number>("row_number")
          .over((over) => over.partitionBy("server_id").orderBy("id", "desc"))
          .as("place"),
      ])
      .as("ranked");
    await this.#db
      .deleteFrom("ledger")
      .where("id", "in", (db) => db.selectFrom(ranked).select("ranked.id").where("ranked.place", ">", keptPerServer))
      .execute();
  }
}

/** SQLite takes so many values in one statement. */
function inParts<T>(items: readonly T[]): readonly (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += ROWS_PER_STATEMENT)
    parts.push(items.slice(from, from + ROWS_PER_STATEMENT));
  return parts;
}
