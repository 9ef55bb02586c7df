import { DAY_MS, newRolloutRun, planText } from "@muster/core";
import type { Instant, RolloutPlan, RolloutRun, RolloutState, TargetProgress, TargetStage } from "@muster/core";
import { sha256Hex } from "@muster/node-kit";
import type { ActorRef } from "../commands/actor-ref.ts";
import type { Door } from "../commands/command-bus.ts";
import type { Database } from "../state/database.ts";
import type { RolloutRow, RolloutTargetRow } from "../state/schema.ts";

/** Those that have ended, and plans that were never started, are kept this long. */
export const ROLLOUT_AGE_MS_MAX = 90 * DAY_MS;
const TARGETS_PER_STATEMENT = 200;

/** A rollout as it is kept. */
export interface StoredRollout {
  readonly id: string;
  readonly plan: RolloutPlan;
  readonly sha256: string;
  /** As the audit log names who asked. */
  readonly asker: string;
  readonly askerRef: ActorRef;
  readonly door: Door;
  readonly askedAt: Instant;
  readonly approvedBy: string | null;
  readonly approvedAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly revision: number;
  readonly run: RolloutRun;
}

/** One of a list: what is told of its targets is how many are how far. */
export type ListedRollout = Omit<StoredRollout, "run"> & {
  readonly state: RolloutState;
  readonly counts: Readonly<Partial<Record<TargetStage, number>>>;
};

/** A rollout whose plan was just made: nobody has approved it, and nothing of it is done. */
export const plannedRollout = (
  about: Pick<StoredRollout, "id" | "asker" | "askerRef" | "door" | "askedAt" | "revision">,
  plan: RolloutPlan,
): StoredRollout => ({
  ...about,
  ...{ plan, sha256: sha256Hex(planText(plan)), run: newRolloutRun(plan) },
  ...{ approvedBy: null, approvedAt: null, startedAt: null, endedAt: null },
});

/** Keeps plans and how far they are. */
export class RolloutStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Everything of it anew, also its targets. */
  async replace(rollout: StoredRollout): Promise<void> {
    const row = toRow(rollout);
    const { targets } = rollout.run;
    await this.#db.transaction().execute(async (db) => {
      await db
        .insertInto("rollout")
        .values(row)
        .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
        .execute();
      await db.deleteFrom("rollout_target").where("rollout_id", "=", rollout.id).execute();
      const rows = targets.map((target, place) => toTargetRow(rollout.id, target, place));
      for (let from = 0; from < rows.length; from += TARGETS_PER_STATEMENT)
        await db
          .insertInto("rollout_target")
          .values(rows.slice(from, from + TARGETS_PER_STATEMENT))
          .execute();
    });
  }

  /** Writes down what is other than before, all of it or nothing. */
  async save(before: StoredRollout, rollout: StoredRollout): Promise<void> {
    await this.#db.transaction().execute((db) => this.saveIn(db, before, rollout));
  }

  /** The same within a transaction. */
  async saveIn(db: Database, before: StoredRollout, rollout: StoredRollout): Promise<void> {
    // A plan stays as it is: another one replaces all.
    const { id, plan: _plan, ...columns } = toRow(rollout);
    await db.updateTable("rollout").set(columns).where("id", "=", id).execute();
    for (const [place, target] of rollout.run.targets.entries()) {
      if (target === before.run.targets[place]) continue;
      const { stage, progress } = toTargetRow(rollout.id, target, place);
      await db
        .updateTable("rollout_target")
        .set({ stage, progress })
        .where("rollout_id", "=", rollout.id)
        .where("place", "=", place)
        .execute();
    }
  }

  async byId(id: string): Promise<StoredRollout | undefined> {
    const row = await this.#db.selectFrom("rollout").selectAll().where("id", "=", id).executeTakeFirst();
    return row && this.#withTargets(row);
  }

  /** All that have not ended, oldest first. */
  async unended(): Promise<readonly StoredRollout[]> {
    const rows = await this.#db.selectFrom("rollout").selectAll().where("is_over", "=", 0).orderBy("id").execute();
    return Promise.all(rows.map((row) => this.#withTargets(row)));
  }

  /** Newest first. */
  async list({
    before,
    limit,
  }: {
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly ListedRollout[]> {
    let query = this.#db.selectFrom("rollout").selectAll().orderBy("id", "desc").limit(limit);
    if (before !== undefined) query = query.where("id", "<", before);
    const rows = await query.execute();
    const counted =
      rows.length === 0
        ? []
        : await this.#db
            .selectFrom("rollout_target")
            .select((select) => ["rollout_id", "stage", select.fn.countAll<number>().as("count")])
            .where(
              "rollout_id",
              "in",
              rows.map(({ id }) => id),
            )
            .groupBy(["rollout_id", "stage"])
            .execute();
    return rows.map((row) => {
      const { run, ...rest } = toRollout(row, []);
      const own = counted.filter(({ rollout_id: id }) => id === row.id);
      return { ...rest, state: run.state, counts: Object.fromEntries(own.map(({ stage, count }) => [stage, count])) };
    });
  }

  async prune(now: Instant): Promise<readonly string[]> {
    const before = now - ROLLOUT_AGE_MS_MAX;
    const gone = await this.#db
      .deleteFrom("rollout")
      .where((where) =>
        where.or([
          where.and([where("is_over", "=", 1), where("ended_at", "<", before)]),
          where.and([where("started_at", "is", null), where("asked_at", "<", before)]),
        ]),
      )
      .returning("id")
      .execute();
    return gone.map(({ id }) => id);
  }

  async #withTargets(row: RolloutRow): Promise<StoredRollout> {
    const targets = await this.#db
      .selectFrom("rollout_target")
      .select("progress")
      .where("rollout_id", "=", row.id)
      .orderBy("place")
      .execute();
    return toRollout(
      row,
      targets.map(({ progress }) => JSON.parse(progress) as TargetProgress),
    );
  }
}

const toRow = (rollout: StoredRollout): RolloutRow => ({
  id: rollout.id,
  plan: planText(rollout.plan),
  state: JSON.stringify(rollout.run.state),
  is_over: rollout.run.state.is === "ended" ? 1 : 0,
  asker: rollout.asker,
  asker_ref: JSON.stringify(rollout.askerRef),
  door: rollout.door,
  asked_at: rollout.askedAt,
  approved_by: rollout.approvedBy,
  approved_at: rollout.approvedAt,
  started_at: rollout.startedAt,
  ended_at: rollout.endedAt,
  revision: rollout.revision,
});

const toTargetRow = (rolloutId: string, target: TargetProgress, place: number): RolloutTargetRow => ({
  rollout_id: rolloutId,
  place,
  stage: target.stage,
  progress: JSON.stringify(target),
});

const toRollout = (row: RolloutRow, targets: readonly TargetProgress[]): StoredRollout => ({
  id: row.id,
  plan: JSON.parse(row.plan) as RolloutPlan,
  sha256: sha256Hex(row.plan),
  asker: row.asker,
  askerRef: JSON.parse(row.asker_ref) as ActorRef,
  door: row.door as Door,
  askedAt: row.asked_at,
  approvedBy: row.approved_by,
  approvedAt: row.approved_at,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  revision: row.revision,
  run: { state: JSON.parse(row.state) as RolloutState, targets },
});
