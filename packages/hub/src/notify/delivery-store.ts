import type { Instant, Notice } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import type { Database } from "../state/database.ts";
import type { Selectable } from "kysely";
import type { DeliveryRow } from "../state/schema.ts";

export interface KnownDelivery extends Omit<Selectable<DeliveryRow>, "notice"> {
  readonly notice: Notice;
}

export interface DeliveryChoice {
  readonly state?: DeliveryRow["state"] | undefined;
  readonly notifierId?: string | undefined;
  readonly incidentId?: string | undefined;
  readonly limit: number;
}

/** The outbox: what is to be handed over, and what became of it. */
export class DeliveryStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * What one notifier is to be handed next, and when that is due. What is told of one incident is told in its order: later
   * notices wait for earlier ones, and hold up no other incident.
   */
  async next(notifierId: string): Promise<KnownDelivery | undefined> {
    const row = await this.#db
      .selectFrom("delivery")
      .selectAll()
      .where("notifier_id", "=", notifierId)
      .where("state", "=", "waiting")
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("delivery as earlier")
              .select("earlier.id")
              .whereRef("earlier.notifier_id", "=", "delivery.notifier_id")
              .whereRef("earlier.incident_id", "=", "delivery.incident_id")
              .whereRef("earlier.seq", "<", "delivery.seq")
              .where("earlier.state", "=", "waiting"),
          ),
        ),
      )
      .orderBy("next_at")
      .orderBy("seq")
      .executeTakeFirst();
    return row === undefined ? undefined : toDelivery(row);
  }

  /** How much waits for each notifier. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#db
      .selectFrom("delivery")
      .select(["notifier_id", (db) => db.fn.countAll<number>().as("count")])
      .where("state", "=", "waiting")
      .groupBy("notifier_id")
      .execute();
    return new Map(rows.map(({ notifier_id, count }) => [notifier_id, Number(count)]));
  }

  /** What the vendor calls the message of an incident. */
  async ref(incidentId: string, notifierId: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom("telling")
      .select("message_ref")
      .where("incident_id", "=", incidentId)
      .where("notifier_id", "=", notifierId)
      .executeTakeFirst();
    return row?.message_ref ?? undefined;
  }

  /** What was told at one place is not there at another one: of each incident the next notice is a message of its own. */
  async forgetRefs(notifierId: string): Promise<void> {
    await this.#db.updateTable("telling").set({ message_ref: null }).where("notifier_id", "=", notifierId).execute();
  }

  /** It was handed over. */
  async sent(delivery: KnownDelivery, at: Instant, ref: string | undefined): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      await db
        .updateTable("delivery")
        .set({ state: "sent", attempts: delivery.attempts + 1, ended_at: at, detail: "" })
        .where("id", "=", delivery.id)
        .execute();
      if (ref !== undefined && delivery.incident_id !== null)
        await db
          .updateTable("telling")
          .set({ message_ref: ref })
          .where("incident_id", "=", delivery.incident_id)
          .where("notifier_id", "=", delivery.notifier_id)
          .execute();
    });
  }

  /** It was not; it is tried again from then on. */
  async postponed(delivery: KnownDelivery, nextAt: Instant, detail: string): Promise<void> {
    await this.#db
      .updateTable("delivery")
      .set({ attempts: delivery.attempts + 1, next_at: nextAt, detail })
      .where("id", "=", delivery.id)
      .execute();
  }

  /** It is given up, and what it says goes to another one, where there is one: both or neither. */
  async failed(delivery: KnownDelivery, at: Instant, detail: string, fallbackId: string | null): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      await db
        .updateTable("delivery")
        .set({ state: "failed", attempts: delivery.attempts + 1, ended_at: at, detail })
        .where("id", "=", delivery.id)
        .execute();
      if (delivery.incident_id !== null)
        await db
          .insertInto("incident_entry")
          .values({ ...{ incident_id: delivery.incident_id, at, kind: "failed", by: "" }, detail })
          .execute();
      if (fallbackId === null) return;
      const id = uuidv7(at);
      await db
        .insertInto("delivery")
        .values({
          ...{ id, incident_id: delivery.incident_id, notifier_id: fallbackId, state: "waiting", attempts: 0 },
          notice: JSON.stringify({ ...delivery.notice, key: id }),
          ...{ asked_at: at, next_at: at, ended_at: null, detail: "" },
        })
        .execute();
    });
  }

  /** What was given up waits again; undefined where there is no such delivery that was given up. */
  async revive(id: string, at: Instant): Promise<KnownDelivery | undefined> {
    const { numUpdatedRows } = await this.#db
      .updateTable("delivery")
      .set({ state: "waiting", next_at: at, ended_at: null })
      .where("id", "=", id)
      .where("state", "=", "failed")
      .executeTakeFirst();
    return numUpdatedRows === 0n ? undefined : this.byId(id);
  }

  async byId(id: string): Promise<KnownDelivery | undefined> {
    const row = await this.#db.selectFrom("delivery").selectAll().where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : toDelivery(row);
  }

  /** Newest first. */
  async list({ state, notifierId, incidentId, limit }: DeliveryChoice): Promise<readonly KnownDelivery[]> {
    let query = this.#db.selectFrom("delivery").selectAll().orderBy("seq", "desc").limit(limit);
    if (state !== undefined) query = query.where("state", "=", state);
    if (notifierId !== undefined) query = query.where("notifier_id", "=", notifierId);
    if (incidentId !== undefined) query = query.where("incident_id", "=", incidentId);
    return (await query.execute()).map(toDelivery);
  }

  /** Forgets what ended before an instant. */
  async deleteBefore(instant: Instant): Promise<void> {
    await this.#db.deleteFrom("delivery").where("state", "!=", "waiting").where("ended_at", "<", instant).execute();
  }
}

const toDelivery = ({ notice, ...row }: Selectable<DeliveryRow>): KnownDelivery => ({
  ...row,
  notice: JSON.parse(notice) as Notice,
});
