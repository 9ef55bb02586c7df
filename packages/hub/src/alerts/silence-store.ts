import { DAY_MS } from "@muster/core";
import type { Clock, Silence, SilenceMatcher } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import type { Database } from "../state/database.ts";
import type { SilenceRow } from "../state/schema.ts";

/** So long after its end a silence can still be looked at. */
const KEPT_MS = 30 * DAY_MS;

/** Keeps silences, and knows them all. */
export class SilenceStore {
  readonly #db: Database;
  readonly #clock: Clock;
  #silences: readonly Silence[];

  private constructor(db: Database, clock: Clock, silences: readonly Silence[]) {
    this.#db = db;
    this.#clock = clock;
    this.#silences = silences;
  }

  static async open({ db, clock }: { readonly db: Database; readonly clock: Clock }): Promise<SilenceStore> {
    const rows = await db.selectFrom("silence").selectAll().orderBy("id").execute();
    return new SilenceStore(db, clock, rows.map(toSilence));
  }

  /** All that have not ended long ago, oldest first. */
  get all(): readonly Silence[] {
    return this.#silences;
  }

  async add(given: Omit<Silence, "id">): Promise<Silence> {
    const silence = { id: uuidv7(this.#clock.now()), ...given };
    await this.#db.insertInto("silence").values(columnsOf(silence)).execute();
    this.#silences = [...this.#silences, silence];
    return silence;
  }

  /** Ends one now; whether there was one that had not ended. One that has not begun is taken away. */
  async end(id: string): Promise<boolean> {
    const now = this.#clock.now();
    const silence = this.#silences.find((one) => one.id === id);
    if (silence === undefined || silence.until <= now) return false;
    const until = Math.max(now, silence.from);
    await this.#db.updateTable("silence").set({ ends_at: until }).where("id", "=", id).execute();
    if (silence.from > now) await this.#db.deleteFrom("silence").where("id", "=", id).execute();
    this.#silences = this.#silences.flatMap((one) =>
      one.id !== id ? [one] : silence.from > now ? [] : [{ ...one, until }],
    );
    return true;
  }

  /** Call now and then: forgets what ended long ago. */
  async prune(): Promise<void> {
    const before = this.#clock.now() - KEPT_MS;
    await this.#db.deleteFrom("silence").where("ends_at", "<", before).execute();
    this.#silences = this.#silences.filter(({ until }) => until >= before);
  }
}

const columnsOf = ({ id, matcher, reason, author, from, until }: Silence): SilenceRow => ({
  ...{ id, matcher: JSON.stringify(matcher), reason, author, begins_at: from, ends_at: until },
});

const toSilence = (row: SilenceRow): Silence => ({
  ...{ id: row.id, matcher: JSON.parse(row.matcher) as SilenceMatcher, reason: row.reason, author: row.author },
  ...{ from: row.begins_at, until: row.ends_at },
});
