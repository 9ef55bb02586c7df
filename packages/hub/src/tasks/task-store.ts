import { DAY_MS, VOID_RUN_OUTCOMES } from "@muster/core";
import type { Clock, Instant, TaskDefinition, TaskRunOutcome, TaskRunState } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import { sql } from "kysely";
import type { OwnerRef } from "../commands/actor-ref.ts";
import type { Database } from "../state/database.ts";
import { GroupCommit } from "../state/group-commit.ts";
import { namedWrite } from "../state/named-write.ts";
import type { TaskRow, TaskRunRow, TaskRunStepRow } from "../state/schema.ts";

/** A run as it is kept. */
export type KeptRun = TaskRunRow;

/** Runs are kept this long. */
export const RUN_AGE_MS_MAX = 90 * DAY_MS;
/** A hub that has said nothing for so long has lost the runs that it carried out. */
export const LEASE_MS = 7_000;

/** A task as it is kept. */
export interface KnownTask {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly owner: OwnerRef;
  readonly ownerName: string;
  readonly suspended: string | null;
  readonly accountedTo: Instant;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
}

/** A run that is to be written down for the first time. */
export interface NewRun {
  readonly slot: Instant;
  readonly slotLast: Instant;
  readonly slotCount: number;
  readonly cause: TaskRunRow["cause"];
  readonly by: string;
  readonly detail: string;
  readonly state: Extract<TaskRunState, { readonly is: "waiting" | "ended" }>;
}

/** Slots of one task that are accounted for together: by one hub only, however many look at the same database. */
export interface Accounting {
  readonly task: KnownTask;
  readonly to: Instant;
  readonly runs: readonly NewRun[];
}

export interface RunFilter {
  readonly task?: string | undefined;
  readonly outcome?: TaskRunOutcome | undefined;
  readonly from?: Instant | undefined;
  readonly until?: Instant | undefined;
  readonly before?: TaskRunRow | undefined;
  readonly limit: number;
}

/** What is written of a run besides its state. */
export interface RunNote {
  readonly detail?: string;
  readonly startedAt?: Instant;
  readonly lateMs?: number;
}

const TAKEN = { taken: "is the name of another task", missing: ["body", "does not exist"] } as const;
const ROWS_PER_WRITE = 500;

/** Keeps tasks and their runs. Every write of a run carries the epoch under which its hub holds it; an older one has no effect. */
export class TaskStore {
  readonly #db: Database;
  readonly #writes: GroupCommit;
  readonly #clock: Clock;
  readonly #holder: string;

  /** `holder`: what this hub is called among those that look at the same database. */
  constructor(deps: { readonly db: Database; readonly clock: Clock; readonly holder: string }) {
    this.#db = deps.db;
    this.#writes = new GroupCommit(deps.db);
    this.#clock = deps.clock;
    this.#holder = deps.holder;
  }

  async all(): Promise<readonly KnownTask[]> {
    return (await this.#db.selectFrom("task").selectAll().orderBy("id").execute()).map(toTask);
  }

  /** Throws CONFLICT when the name is taken. */
  async add(definition: TaskDefinition, owner: OwnerRef, ownerName: string): Promise<KnownTask> {
    const now = this.#clock.now();
    const task: KnownTask = {
      ...{ id: uuidv7(now), definition, owner, ownerName, suspended: null },
      ...{ accountedTo: now, createdAt: now, changedAt: now },
    };
    await namedWrite(() => this.#db.insertInto("task").values(columnsOf(task)).execute(), TAKEN);
    return task;
  }

  /** Writes a task as it is now. Throws CONFLICT when the name is taken. */
  async change(task: KnownTask): Promise<void> {
    const { id, ...columns } = columnsOf(task);
    await namedWrite(() => this.#db.updateTable("task").set(columns).where("id", "=", id).execute(), TAKEN);
  }

  async suspend(id: string, why: string): Promise<void> {
    await this.#db.updateTable("task").set({ suspended: why }).where("id", "=", id).execute();
  }

  /** What lies beyond an instant is not accounted for any more. */
  async accountFrom(at: Instant): Promise<void> {
    await this.#db.updateTable("task").set({ accounted_to: at }).where("accounted_to", ">", at).execute();
  }

  async delete(id: string): Promise<void> {
    await this.#db.deleteFrom("task").where("id", "=", id).execute();
  }

  /**
   * Writes runs down for all that are accounted for, in one transaction, and says how far each task is accounted for then.
   * Slots that another hub accounted for meanwhile, or that have a run already, are left out.
   */
  async account(accountings: readonly Accounting[]): Promise<{
    readonly rows: readonly TaskRunRow[];
    readonly accountedTo: ReadonlyMap<string, Instant>;
  }> {
    const now = this.#clock.now();
    return this.#writes.run(async (db) => {
      const mine = await claimSlots(db, accountings);
      const accountedTo = new Map<string, Instant>();
      const rows: TaskRunRow[] = [];
      for (const { task, to, runs } of accountings) {
        if (mine.has(task.id)) rows.push(...runs.map((run) => this.#rowOf(task, run, now)));
        accountedTo.set(task.id, mine.has(task.id) ? to : ((await accountedToOf(db, task.id)) ?? to));
      }
      const written: TaskRunRow[] = [];
      for (let from = 0; from < rows.length; from += ROWS_PER_WRITE)
        written.push(
          ...(await db
            .insertInto("task_run")
            .values(rows.slice(from, from + ROWS_PER_WRITE))
            .onConflict((conflict) => conflict.columns(["task_id", "slot"]).doNothing())
            .returningAll()
            .execute()),
        );
      return { rows: written, accountedTo };
    });
  }

  /** One that somebody asked for; at the next free instant, for a slot has one run only. */
  async ask(task: KnownTask, run: Omit<NewRun, "slot" | "slotLast" | "slotCount">): Promise<TaskRunRow> {
    for (let slot = this.#clock.now(); ; slot++) {
      const row = this.#rowOf(task, { ...run, slot, slotLast: slot, slotCount: 1 }, this.#clock.now());
      const [written] = await this.#db
        .insertInto("task_run")
        .values(row)
        .onConflict((conflict) => conflict.columns(["task_id", "slot"]).doNothing())
        .returningAll()
        .execute();
      if (written !== undefined) return written;
    }
  }

  /** Takes runs whose hub has said nothing for too long; those that could be taken. */
  async claim(): Promise<readonly TaskRunRow[]> {
    const now = this.#clock.now();
    return this.#db
      .updateTable("task_run")
      .set(({ eb }) => ({ holder: this.#holder, held_until: now + LEASE_MS, epoch: eb("epoch", "+", 1) }))
      .where("state", "<>", "ended")
      .where("held_until", "<", now)
      .returningAll()
      .execute();
  }

  /** Says that what this hub holds is still carried out. */
  async renew(): Promise<void> {
    await this.#db
      .updateTable("task_run")
      .set({ held_until: this.#clock.now() + LEASE_MS })
      .where("holder", "=", this.#holder)
      .where("state", "<>", "ended")
      .execute();
  }

  /** Writes the new states of runs, all or none; those that this hub still held. */
  async save(
    changes: readonly { readonly run: TaskRunRow; readonly state: TaskRunState; readonly note: RunNote }[],
  ): Promise<readonly TaskRunRow[]> {
    const now = this.#clock.now();
    const rows = changes.map(({ run, state, note }) => ({
      ...{ ...run, ...stateColumns(state, now), ...noteColumns(note) },
    }));
    return this.#writes.run(async (db) => {
      // One statement for all: ten thousand may begin at the same instant.
      const { rows: saved } = await sql<TaskRunRow>`UPDATE task_run SET state = change.value->>'state',
        outcome = change.value->>'outcome', detail = change.value->>'detail', attempt = change.value->>'attempt',
        not_before = change.value->>'not_before', until = change.value->>'until', started_at = change.value->>'started_at',
        late_ms = change.value->>'late_ms', ended_at = change.value->>'ended_at'
        FROM json_each(${JSON.stringify(rows)}) AS change
        WHERE task_run.id = change.value->>'id' AND task_run.epoch = change.value->>'epoch' AND task_run.state <> 'ended'
        RETURNING *`.execute(db);
      return saved;
    });
  }

  async run(id: string): Promise<TaskRunRow | undefined> {
    return this.#db.selectFrom("task_run").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** Newest slot first. */
  async runs({ task, outcome, from, until, before, limit }: RunFilter): Promise<readonly TaskRunRow[]> {
    let query = this.#db.selectFrom("task_run").selectAll().orderBy("slot", "desc").orderBy("id", "desc").limit(limit);
    if (task !== undefined) query = query.where("task_id", "=", task);
    if (outcome !== undefined) query = query.where("outcome", "=", outcome);
    if (from !== undefined) query = query.where("slot_last", ">=", from);
    if (until !== undefined) query = query.where("slot", "<", until);
    if (before !== undefined)
      query = query.where((eb) =>
        eb.or([eb("slot", "<", before.slot), eb.and([eb("slot", "=", before.slot), eb("id", "<", before.id)])]),
      );
    return query.execute();
  }

  /** Of each task the newest run that came to something. One look into the index of slots for each. */
  async lastRuns(): Promise<readonly TaskRunRow[]> {
    const { rows } = await sql<TaskRunRow>`SELECT run.* FROM task JOIN task_run AS run ON run.id = (
      SELECT id FROM task_run WHERE task_id = task.id AND state = 'ended' AND outcome NOT IN (${sql.join(VOID_RUN_OUTCOMES)})
      ORDER BY slot DESC LIMIT 1)`.execute(this.#db);
    return rows;
  }

  async addBatch(runId: string, attempt: number, batchId: string): Promise<void> {
    await this.#writes.run((db) =>
      db
        .insertInto("task_run_batch")
        .values({ run_id: runId, attempt, batch_id: batchId })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
  }

  async batches(runId: string): Promise<readonly { readonly attempt: number; readonly batchId: string }[]> {
    const rows = await this.#db
      .selectFrom("task_run_batch")
      .select(["attempt", "batch_id"])
      .where("run_id", "=", runId)
      .orderBy("attempt")
      .execute();
    return rows.map(({ attempt, batch_id: batchId }) => ({ attempt, batchId }));
  }

  async setStep(step: TaskRunStepRow): Promise<void> {
    const { outcome, detail, output, ended_at } = step;
    await this.#db
      .insertInto("task_run_step")
      .values(step)
      .onConflict((conflict) =>
        conflict.columns(["run_id", "attempt", "place"]).doUpdateSet({ outcome, detail, output, ended_at }),
      )
      .execute();
  }

  async steps(runId: string): Promise<readonly TaskRunStepRow[]> {
    return this.#db
      .selectFrom("task_run_step")
      .selectAll()
      .where("run_id", "=", runId)
      .orderBy("attempt")
      .orderBy("place")
      .execute();
  }

  /** What is needed for statistics of a task's kept runs. */
  async tallies(
    taskId: string,
  ): Promise<readonly Pick<TaskRunRow, "outcome" | "slot_count" | "started_at" | "ended_at" | "late_ms">[]> {
    return this.#db
      .selectFrom("task_run")
      .select(["outcome", "slot_count", "started_at", "ended_at", "late_ms"])
      .where("task_id", "=", taskId)
      .where("state", "=", "ended")
      .execute();
  }

  #rowOf(task: KnownTask, run: NewRun, now: Instant): TaskRunRow {
    const { slot, slotLast, slotCount, cause, by, detail, state } = run;
    return {
      ...{ id: uuidv7(now), task_id: task.id, task_name: task.definition.name },
      ...{ slot, slot_last: slotLast, slot_count: slotCount, cause, by, detail },
      ...{ outcome: null, attempt: 0, not_before: slot, until: null, started_at: null, late_ms: null, ended_at: null },
      ...{ holder: this.#holder, held_until: now + LEASE_MS, epoch: 1 },
      ...stateColumns(state, now),
    };
  }

  async prune(): Promise<void> {
    await this.#db
      .deleteFrom("task_run")
      .where("state", "=", "ended")
      .where("slot_last", "<", this.#clock.now() - RUN_AGE_MS_MAX)
      .execute();
  }
}

/** Moves tasks on from where they are known to stand; those that still stood there. One statement, however many they are. */
async function claimSlots(db: Database, accountings: readonly Accounting[]): Promise<ReadonlySet<string>> {
  const due = accountings.map(({ task, to }) => ({ id: task.id, from: task.accountedTo, to }));
  const { rows } = await sql<{ id: string }>`UPDATE task SET accounted_to = due.value->>'to'
    FROM json_each(${JSON.stringify(due)}) AS due
    WHERE task.id = due.value->>'id' AND task.accounted_to = due.value->>'from' RETURNING id`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

async function accountedToOf(db: Database, id: string): Promise<Instant | undefined> {
  const row = await db.selectFrom("task").select("accounted_to").where("id", "=", id).executeTakeFirst();
  return row?.accounted_to;
}

const toTask = (row: TaskRow): KnownTask => ({
  ...{ id: row.id, definition: JSON.parse(row.definition) as TaskDefinition },
  ...{ owner: JSON.parse(row.owner_ref) as OwnerRef, ownerName: row.owner, suspended: row.suspended },
  ...{ accountedTo: row.accounted_to, createdAt: row.created_at, changedAt: row.changed_at },
});

const columnsOf = (task: KnownTask): TaskRow => ({
  ...{ id: task.id, name: task.definition.name, definition: JSON.stringify(task.definition) },
  ...{ owner_ref: JSON.stringify(task.owner), owner: task.ownerName, suspended: task.suspended },
  ...{ accounted_to: task.accountedTo, created_at: task.createdAt, changed_at: task.changedAt },
});

/** The state of a run as columns; `runState` reads it back. */
function stateColumns(state: TaskRunState, now: Instant) {
  switch (state.is) {
    case "waiting":
      return { state: "waiting", attempt: state.attempt, not_before: state.notBefore, until: null } as const;
    case "running":
      return { state: "running", attempt: state.attempt, until: state.until } as const;
    case "ended":
      return { state: "ended", outcome: state.outcome, until: null, ended_at: now } as const;
  }
}

const noteColumns = ({ detail, startedAt, lateMs }: RunNote) => ({
  ...(detail !== undefined && { detail }),
  ...(startedAt !== undefined && { started_at: startedAt }),
  ...(lateMs !== undefined && { late_ms: lateMs }),
});

export const runState = (row: TaskRunRow): TaskRunState =>
  row.state === "waiting"
    ? { is: "waiting", attempt: row.attempt, notBefore: row.not_before }
    : row.state === "running"
      ? { is: "running", attempt: row.attempt, until: row.until ?? 0 }
      : { is: "ended", outcome: row.outcome ?? "unknown" };
