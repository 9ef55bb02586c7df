import { barOf, oldestBar, tallied, UPTIME_SPANS, uptimeBars } from "@muster/core";
import type { Clock, Instant, PublicState, UptimeBar, UptimeSpan, UptimeTally } from "@muster/core";
import type { Database } from "../state/database.ts";
import type { UptimeRow } from "../state/schema.ts";

const ROWS_PER_WRITE = 500;
const SPANS = Object.keys(UPTIME_SPANS) as readonly UptimeSpan[];

/** How long things that pages show were there: counted look by look, kept as hours and days. */
export class UptimeLedger {
  readonly #db: Database;
  readonly #clock: Clock;
  /** By thing and span. */
  readonly #tallies = new Map<string, Map<Instant, UptimeTally>>();

  private constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  static async open({ db, clock }: { readonly db: Database; readonly clock: Clock }): Promise<UptimeLedger> {
    const ledger = new UptimeLedger(db, clock);
    const rows = await db.selectFrom("uptime").selectAll().execute();
    for (const { thing, span, from_at, up, degraded, down } of rows)
      ledger.#of(thing, span).set(from_at, { up, degraded, down });
    return ledger;
  }

  bars(thing: string, span: UptimeSpan): readonly UptimeBar[] {
    return uptimeBars(span, this.#tallies.get(`${span} ${thing}`), this.#clock.now());
  }

  /** One look at each of these; what is durable counts. */
  async count(states: ReadonlyMap<string, PublicState>): Promise<void> {
    const now = this.#clock.now();
    const rows: UptimeRow[] = [];
    for (const [thing, state] of states)
      for (const span of SPANS) {
        const from = barOf(span, now);
        const tally = tallied(this.#tallies.get(`${span} ${thing}`)?.get(from), state);
        if (tally !== undefined) rows.push({ thing, span, from_at: from, ...tally });
      }
    if (rows.length === 0) return;
    await this.#db.transaction().execute(async (db) => {
      for (let from = 0; from < rows.length; from += ROWS_PER_WRITE)
        await db
          .insertInto("uptime")
          .values(rows.slice(from, from + ROWS_PER_WRITE))
          .onConflict((conflict) =>
            conflict.columns(["thing", "span", "from_at"]).doUpdateSet((set) => ({
              up: set.ref("excluded.up"),
              degraded: set.ref("excluded.degraded"),
              down: set.ref("excluded.down"),
            })),
          )
          .execute();
    });
    for (const { thing, span, from_at, up, degraded, down } of rows)
      this.#of(thing, span).set(from_at, { up, degraded, down });
  }

  /** Forgets bars that are shown no more, and things that no page shows. Call now and then. */
  async prune(shown: ReadonlySet<string>): Promise<void> {
    const now = this.#clock.now();
    for (const span of SPANS)
      await this.#db
        .deleteFrom("uptime")
        .where("span", "=", span)
        .where("from_at", "<", oldestBar(span, now))
        .execute();
    for (const [key, tallies] of this.#tallies) {
      const [span, thing] = [key.slice(0, key.indexOf(" ")) as UptimeSpan, key.slice(key.indexOf(" ") + 1)];
      for (const from of tallies.keys()) if (from < oldestBar(span, now)) tallies.delete(from);
      if (shown.has(thing) && tallies.size > 0) continue;
      this.#tallies.delete(key);
      await this.#db.deleteFrom("uptime").where("thing", "=", thing).where("span", "=", span).execute();
    }
  }

  #of(thing: string, span: UptimeSpan): Map<Instant, UptimeTally> {
    const key = `${span} ${thing}`;
    const tallies = this.#tallies.get(key) ?? new Map<Instant, UptimeTally>();
    this.#tallies.set(key, tallies);
    return tallies;
  }
}
