import { DAY_MS } from "@muster/core";
import type { Clock } from "@muster/core";
import type { ActionJournal, BegunAction } from "@muster/host";
import type { ResultBody } from "@muster/protocol";
import type { Database } from "../../state/database.ts";
import type { LinkCommandRow } from "../../state/schema.ts";

/** A policy's limits look back a day; a command may be asked for again for an hour. */
const KEPT_MS = 8 * DAY_MS;

interface Kept extends BegunAction {
  readonly result?: ResultBody;
  readonly isConfirmed: boolean;
}

/** What the hub itself does on servers without an agent: written down before it is done, each by its command's id. */
export class LinkJournal {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #servers = new Map<string, Map<string, Kept>>();

  private constructor(deps: { readonly db: Database; readonly clock: Clock }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
  }

  static async open(deps: { readonly db: Database; readonly clock: Clock }): Promise<LinkJournal> {
    const journal = new LinkJournal(deps);
    await journal.prune();
    for (const row of await deps.db.selectFrom("link_command").selectAll().orderBy("started_at").execute())
      journal.#of(row.server_id).set(row.cmd, keptOf(row));
    return journal;
  }

  /** The part of one server, for a runner. */
  of(serverId: string): ActionJournal {
    const kept = this.#of(serverId);
    return {
      resultOf: (cmd) => {
        const known = kept.get(cmd);
        return known && (known.result ?? "open");
      },
      usesOf: (entry) => [...kept.values()].flatMap((each) => (each.allowedBy === entry ? [each.startedAt] : [])),
      unfinished: () => [...kept.values()].filter(({ result }) => result === undefined),
      begin: async (action) => {
        await this.#db
          .insertInto("link_command")
          .values({
            cmd: action.cmd,
            server_id: serverId,
            core_hash: "",
            started_at: action.startedAt,
            action: action.action === undefined ? null : JSON.stringify(action.action),
            seen: null,
            allowed_by: action.allowedBy ?? null,
            result: null,
            confirmed: 0,
          })
          .execute();
        kept.set(action.cmd, { ...action, isConfirmed: false });
      },
      observe: async (cmd, seen) => {
        await this.#update(cmd, { seen: JSON.stringify(seen) });
        kept.set(cmd, { ...kept.get(cmd)!, seen });
      },
      end: async (result) => {
        await this.#update(result.cmd, { result: JSON.stringify(result) });
        kept.set(result.cmd, { ...kept.get(result.cmd)!, result });
      },
    };
  }

  /** Results that whoever asked has not taken. */
  unconfirmed(serverId: string): readonly ResultBody[] {
    return [...this.#of(serverId).values()].flatMap(({ result, isConfirmed }) =>
      result === undefined || isConfirmed ? [] : [result],
    );
  }

  async confirm(serverId: string, cmd: string): Promise<void> {
    const known = this.#of(serverId).get(cmd);
    if (known === undefined || known.isConfirmed) return;
    await this.#update(cmd, { confirmed: 1 });
    this.#of(serverId).set(cmd, { ...known, isConfirmed: true });
  }

  /** Call now and then. */
  async prune(): Promise<void> {
    const before = this.#clock.now() - KEPT_MS;
    await this.#db.deleteFrom("link_command").where("started_at", "<", before).where("confirmed", "=", 1).execute();
    for (const kept of this.#servers.values())
      for (const [cmd, { startedAt, isConfirmed }] of kept) if (isConfirmed && startedAt < before) kept.delete(cmd);
  }

  /** The server was deleted, and its rows with it. */
  forget(serverId: string): void {
    this.#servers.delete(serverId);
  }

  async #update(cmd: string, change: Partial<LinkCommandRow>): Promise<void> {
    await this.#db.updateTable("link_command").set(change).where("cmd", "=", cmd).execute();
  }

  #of(serverId: string): Map<string, Kept> {
    let kept = this.#servers.get(serverId);
    if (kept === undefined) this.#servers.set(serverId, (kept = new Map()));
    return kept;
  }
}

const keptOf = (row: LinkCommandRow): Kept => ({
  cmd: row.cmd,
  startedAt: row.started_at,
  isConfirmed: row.confirmed === 1,
  ...(row.allowed_by !== null && { allowedBy: row.allowed_by }),
  ...(row.action !== null && { action: JSON.parse(row.action) as NonNullable<BegunAction["action"]> }),
  ...(row.seen !== null && { seen: JSON.parse(row.seen) as NonNullable<BegunAction["seen"]> }),
  ...(row.result !== null && { result: JSON.parse(row.result) as ResultBody }),
});
