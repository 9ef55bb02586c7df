import type { Clock, Instant, LedgerEntry, ServiceKey } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
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

const ROWS_PER_INSERT = 100;

const toService = (row: ServiceRow): KnownService => ({
  id: row.id,
  serverId: row.server_id,
  status: JSON.parse(row.status) as WireService,
  toldAt: row.told_at,
  goneAt: row.gone_at,
});

/** Keeps services and their ledgers. A service that comes back under its name gets its id back. */
export class ServiceStore {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(deps: { readonly db: Database; readonly clock: Clock }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
  }

  async all(): Promise<readonly KnownService[]> {
    return (await this.#db.selectFrom("service").selectAll().orderBy("id").execute()).map(toService);
  }

  /** Writes services down as they are now; new ones get an id. In the order given. */
  async put(serverId: string, statuses: readonly WireService[], toldAt: Instant): Promise<readonly KnownService[]> {
    const kept: KnownService[] = [];
    for (let from = 0; from < statuses.length; from += ROWS_PER_INSERT) {
      const rows = await this.#db
        .insertInto("service")
        .values(
          statuses.slice(from, from + ROWS_PER_INSERT).map((status) => ({
            id: uuidv7(this.#clock.now()),
            server_id: serverId,
            driver: status.driver,
            name: status.name,
            created_at: toldAt,
            status: JSON.stringify(status),
            told_at: toldAt,
            gone_at: null,
          })),
        )
        .onConflict((conflict) =>
          conflict.columns(["server_id", "driver", "name"]).doUpdateSet((set) => ({
            status: set.ref("excluded.status"),
            told_at: set.ref("excluded.told_at"),
            gone_at: null,
          })),
        )
        .returningAll()
        .execute();
      kept.push(...rows.map(toService));
    }
    return kept;
  }

  async noteGone(ids: readonly string[], goneAt: Instant): Promise<void> {
    if (ids.length > 0)
      await this.#db
        .updateTable("service")
        .set({ gone_at: goneAt })
        .where("id", "in", [...ids])
        .execute();
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
    for (let from = 0; from < entries.length; from += ROWS_PER_INSERT) {
      await this.#db
        .insertInto("ledger")
        .values(
          entries.slice(from, from + ROWS_PER_INSERT).map((entry) => ({
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
  }

  /** Lines of one service, newest first. @param before only lines with a lower number. */
  async ledger(
    serverId: string,
    { driver, name }: ServiceKey,
    { before, event, limit }: { readonly before?: number; readonly event?: string; readonly limit: number },
  ): Promise<readonly LedgerEntry[]> {
    let query = this.#db
      .selectFrom("ledger")
      .select("entry")
      .where("server_id", "=", serverId)
      .where("driver", "=", driver)
      .where("name", "=", name)
      .orderBy("at", "desc")
      .orderBy("seq", "desc")
      .limit(limit);
    if (before !== undefined) query = query.where("seq", "<", before);
    if (event !== undefined)
      query = query.where((where) => where(where.fn("json_extract", ["entry", where.val("$.event")]), "=", event));
    return (await query.execute()).map(({ entry }) => JSON.parse(entry) as LedgerEntry);
  }

  /** Forgets lines older than this, and services that have been gone for as long. */
  async deleteOlder(before: Instant): Promise<void> {
    await this.#db.deleteFrom("ledger").where("at", "<", before).execute();
    await this.#db.deleteFrom("service").where("gone_at", "<", before).execute();
  }
}
