import {
  accountFor,
  authorize,
  FAILED_RUN_OUTCOMES,
  isMusterError,
  jitterOf,
  MINUTE_MS,
  MusterError,
  stepTaskRun,
  VOID_RUN_OUTCOMES,
} from "@muster/core";
import type {
  Actor,
  Clock,
  Instant,
  Logger,
  TaskDefinition,
  TaskRunEvent,
  TaskRunState,
  TaskTrouble,
} from "@muster/core";
import { nextTurn, Places, Turns, untilHeard } from "@muster/node-kit";
import type { TaskRunView, TaskView } from "@muster/protocol";
import type { AccessEvents } from "../access/access-events.ts";
import { actorNow, ownerRef } from "../commands/actor-ref.ts";
import { actorName } from "../commands/command-bus.ts";
import type { Door } from "../commands/command-bus.ts";
import type { Database } from "../state/database.ts";
import type { TaskRunRow } from "../state/schema.ts";
import { checkSchedule, nextSlot, passedSlots, PASSED_SLOTS_MAX, scheduleWords } from "./slots.ts";
import type { PassedSlots } from "./slots.ts";
import { runState } from "./task-store.ts";
import type { KnownTask, NewRun } from "./task-store.ts";
import { canResume, checkWork, doWork, LEFT, rightOfWork, wordsOf } from "./task-work.ts";
import type { TaskWorkDeps } from "./task-work.ts";

export interface TaskDeskDeps extends TaskWorkDeps {
  readonly db: Database;
  readonly events: AccessEvents;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What has changed of a task or its runs. */
export interface TaskEvent {
  readonly taskId: string;
  readonly is: "changed" | "removed" | "run";
  readonly run?: TaskRunRow;
}

interface LiveTask {
  known: KnownTask;
  /** Its schedule in words: made once, for lists of thousands. */
  words: string;
  nextAt: Instant | null;
  /** The newest run that came to something. */
  last: TaskRunRow | undefined;
  /** Its runs that have not ended, oldest slot first. */
  readonly open: Map<string, LiveRun>;
}

interface LiveRun {
  row: TaskRunRow;
  /** While an attempt goes on. */
  attempt: AbortController | undefined;
  /** While its beginning is written down. */
  isBeginning: boolean;
}

interface Beginning {
  readonly task: LiveTask;
  readonly run: LiveRun;
  readonly state: TaskRunState;
}

const HOLD_RENEWED_MS = 2_000;
/** A clock that was put back by more than this is believed, and slots after it are due again unless they have run. */
const CLOCK_BACK_MS = MINUTE_MS;
/** So many runs of one task wait at most. */
const QUEUED_MAX = 100;
/** So many ask for their work at one time: thousands that waited for the database together would hold it up. */
const ASKING_AT_ONCE_MAX = 50;
/** So many are written down together; then others have their turn. */
const BEGUN_AT_ONCE_MAX = 500;

/**
 * Fires tasks. Each second it accounts for every slot that has passed, begins what may begin, and ends what takes too long;
 * what a run does next is decided by the table in core. Everything is in the database first, so a hub that starts, or another
 * one that looks at the same database, goes on where the last one stopped (TK1 to TK22).
 */
export class TaskDesk {
  readonly #deps: TaskDeskDeps;
  readonly #tasks = new Map<string, LiveTask>();
  readonly #listeners = new Set<(event: TaskEvent) => void>();
  readonly #working = new Set<Promise<unknown>>();
  readonly #turns = new Turns();
  readonly #places = new Places(ASKING_AT_ONCE_MAX);
  readonly #stopListening: () => void;
  #renewedMs = Number.NEGATIVE_INFINITY;
  #isStopping = false;

  private constructor(deps: TaskDeskDeps, tasks: readonly KnownTask[], last: readonly TaskRunRow[]) {
    this.#deps = deps;
    for (const known of tasks) this.#enter(known);
    for (const row of last) {
      const task = this.#tasks.get(row.task_id);
      if (task !== undefined) task.last = row;
    }
    this.#stopListening = deps.events.listen((change) => {
      const isOf = ({ known: { owner } }: LiveTask): boolean =>
        change.is === "user-changed"
          ? owner.userId === change.userId
          : change.is === "token-revoked" && owner.kind === "token" && owner.tokenId === change.tokenId;
      for (const task of this.#tasks.values()) if (isOf(task)) this.#later(() => this.#actorOf(task));
    });
  }

  static async open(deps: TaskDeskDeps): Promise<TaskDesk> {
    return new TaskDesk(deps, await deps.store.all(), await deps.store.lastRuns());
  }

  listen(listener: (event: TaskEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins nothing more, and leaves what goes on to whoever comes next. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopListening();
    for (const { open } of this.#tasks.values()) for (const run of open.values()) run.attempt?.abort(LEFT);
    await Promise.allSettled(this.#working);
  }

  // ---- what is known

  ids(): readonly string[] {
    return [...this.#tasks.keys()];
  }

  has(id: string): boolean {
    return this.#tasks.has(id);
  }

  /** Throws NOT_FOUND. */
  view(id: string): TaskView {
    const { known, words, nextAt, last, open } = this.#get(id);
    const { definition, ownerName, suspended, createdAt, changedAt } = known;
    return {
      ...{ id, ...(definition as Omit<TaskView, "id">), words, owner: ownerName, suspended },
      ...{ nextAt, lastRun: last === undefined ? null : runView(last), createdAt, changedAt },
      runningCount: [...open.values()].filter(({ row }) => row.state === "running").length,
    };
  }

  /** Runs that have not ended. */
  openRuns(): readonly TaskRunView[] {
    return [...this.#tasks.values()].flatMap(({ open }) => [...open.values()].map(({ row }) => runView(row)));
  }

  /** What is wrong with tasks now, with a line for people. */
  *troubles(): Iterable<{ readonly taskId: string; readonly trouble: TaskTrouble; readonly title: string }> {
    for (const { known, last } of this.#tasks.values()) {
      const { name, tell, isEnabled } = known.definition;
      const taskId = known.id;
      if (known.suspended !== null && isEnabled)
        yield { taskId, trouble: "suspended", title: `Task ${name} is suspended: ${known.suspended}` };
      if (last === undefined) continue;
      if (tell.failure && last.outcome !== null && FAILED_RUN_OUTCOMES.includes(last.outcome))
        yield {
          taskId,
          trouble: "failed",
          title: `Task ${name} ${last.outcome}${last.detail === "" ? "" : `: ${last.detail}`}`,
        };
      if (tell.lateAfterMs !== null && (last.late_ms ?? 0) > tell.lateAfterMs)
        yield {
          taskId,
          trouble: "late",
          title: `Task ${name} began ${Math.round((last.late_ms ?? 0) / 1_000)} s late`,
        };
    }
  }

  // ---- what people do

  /** Throws BAD_REQUEST, NOT_FOUND, CONFLICT, FORBIDDEN, STEP_UP_NEEDED. */
  async add(actor: Actor, door: Door, definition: TaskDefinition): Promise<TaskView> {
    this.#check(definition);
    const owner = this.#ownerOf(actor);
    const change = {
      name: "task.add",
      right: rightOfWork(definition.work),
      target: definition.name,
      args: argsOf(definition),
    };
    const known = await this.#deps.bus.change(actor, door, change, () =>
      this.#deps.store.add(definition, owner, actorName(actor)),
    );
    this.#enter(known);
    this.#tell({ is: "changed", taskId: known.id });
    return this.view(known.id);
  }

  /** Throws as `add`. Slots before now are not run any more. */
  async change(actor: Actor, door: Door, id: string, definition: TaskDefinition): Promise<TaskView> {
    const { known } = this.#get(id);
    this.#check(definition);
    const args = {
      taskId: id,
      ...(known.definition.name !== definition.name && { name: definition.name }),
      ...argsOf(definition),
    };
    return this.#set(actor, door, id, { name: "task.change", right: rightOfWork(definition.work), args }, definition);
  }

  /** Throws as `add`. To switch it off needs no right but `tasks.write`. */
  async enable(actor: Actor, door: Door, id: string, isEnabled: boolean): Promise<TaskView> {
    const { definition } = this.#get(id).known;
    if (isEnabled) this.#check({ ...definition, isEnabled });
    const right = isEnabled ? rightOfWork(definition.work) : "tasks.write";
    const name = isEnabled ? "task.enable" : "task.disable";
    return this.#set(actor, door, id, { name, right, args: { taskId: id } }, { ...definition, isEnabled });
  }

  /** Throws NOT_FOUND, FORBIDDEN. */
  async delete(actor: Actor, door: Door, id: string): Promise<void> {
    const task = this.#get(id);
    const { name } = task.known.definition;
    const change = { name: "task.delete", right: "tasks.write", target: name, args: { taskId: id } } as const;
    await this.#deps.bus.change(actor, door, change, async () => {
      for (const run of task.open.values()) await this.#step(task, run, { is: "cancel", why: "the task was deleted" });
      await this.#deps.store.delete(id);
    });
    this.#tasks.delete(id);
    this.#tell({ is: "removed", taskId: id });
  }

  /** One run now, with the owner's rights. Throws NOT_FOUND, FORBIDDEN, STEP_UP_NEEDED, and CONFLICT by the overlap policy. */
  async runNow(actor: Actor, door: Door, id: string): Promise<TaskRunView> {
    const task = this.#get(id);
    const { definition } = task.known;
    const change = {
      name: "task.run",
      right: rightOfWork(definition.work),
      target: definition.name,
      args: { taskId: id },
    };
    return this.#deps.bus.change(actor, door, change, async () => {
      if (task.open.size > 0 && definition.overlap === "skip")
        throw new MusterError("CONFLICT", { message: "A run of this task goes on, and it is not to overlap." });
      if (task.open.size >= QUEUED_MAX)
        throw new MusterError("CONFLICT", { message: `${QUEUED_MAX} runs of it wait already.` });
      if (definition.overlap === "replace") await this.#cancelAll(task, "another run takes its place");
      const { clock, store } = this.#deps;
      const state = { is: "waiting", attempt: 1, notBefore: clock.now() } as const;
      const row = await store.ask(task.known, { cause: "asked", by: actorName(actor), detail: "", state });
      this.#take(task, row);
      this.#later(() => this.#begin());
      return runView(row);
    });
  }

  /** Throws NOT_FOUND, FORBIDDEN, and CONFLICT for one that has ended. */
  async cancel(actor: Actor, door: Door, runId: string): Promise<TaskRunView> {
    const row = await this.#deps.store.run(runId);
    const task = row && this.#tasks.get(row.task_id);
    if (row === undefined || task === undefined) throw new MusterError("NOT_FOUND");
    const run = task.open.get(runId);
    if (run === undefined) throw new MusterError("CONFLICT", { message: "This run has ended." });
    const change = { name: "task.cancel", right: "tasks.write", target: row.task_name, args: { runId } } as const;
    await this.#deps.bus.change(actor, door, change, () =>
      this.#step(task, run, { is: "cancel", why: `cancelled by ${actorName(actor)}` }),
    );
    return runView(run.row);
  }

  /** The run when it has ended, the time is over or the signal aborts. Throws NOT_FOUND. */
  async wait(runId: string, waitMs: number, signal: AbortSignal): Promise<TaskRunRow> {
    const { store, clock } = this.#deps;
    const row = await store.run(runId);
    if (row === undefined) throw new MusterError("NOT_FOUND");
    if (row.state === "ended" || waitMs === 0) return row;
    if (this.#tasks.get(row.task_id)?.open.has(runId) === true)
      await untilHeard<TaskEvent>(
        (listener) => this.listen(listener),
        ({ run }) => run?.id === runId && run.state === "ended",
        waitMs,
        { clock, signal },
      );
    return (await store.run(runId)) ?? row;
  }

  // ---- time

  /** Call every second. */
  async tick(): Promise<void> {
    if (this.#isStopping) return;
    await this.#account();
    await this.#begin();
    await this.#endLate();
    await this.#keepHold();
  }

  /** Accounts for the slots of all tasks that are due. */
  async #account(): Promise<void> {
    const now = this.#deps.clock.now();
    await this.#followClock(now);
    const due = [...this.#tasks.values()].filter(({ nextAt }) => nextAt !== null && nextAt <= now);
    if (due.length === 0) return;
    const accountings = [];
    const nexts = new Map<string, Instant | null>();
    for (const [place, task] of due.entries()) {
      const passed = passedSlots(task.known.definition, task.nextAt!, now);
      nexts.set(task.known.id, passed.next);
      accountings.push({ task: task.known, to: now, runs: await this.#runsOf(task, passed, now) });
      if (place % 200 === 199) await nextTurn();
    }
    const { rows, accountedTo } = await this.#deps.store.account(accountings);
    for (const { task } of accountings) {
      const live = this.#tasks.get(task.id);
      // It may have been changed meanwhile; then its slots up to then are nobody's any more.
      const to = accountedTo.get(task.id);
      if (live?.known !== task || to === undefined) continue;
      this.#become(live, { ...task, accountedTo: to }, to === now ? nexts.get(task.id) : undefined);
    }
    for (const row of rows) {
      const task = this.#tasks.get(row.task_id);
      if (task !== undefined) this.#take(task, row);
    }
  }

  /** What becomes of the slots of one task that have passed. */
  async #runsOf(task: LiveTask, { slots, hasMore }: PassedSlots, now: Instant): Promise<readonly NewRun[]> {
    const { definition, suspended, id } = task.known;
    let openCount = task.open.size;
    const runs: NewRun[] = [];
    const over = (slot: Instant, outcome: "skipped" | "missed", detail: string, last = slot, count = 1): void => {
      runs.push({
        ...{ slot, slotLast: last, slotCount: count, cause: "schedule", by: "", detail },
        state: { is: "ended", outcome },
      });
    };
    for (const due of accountFor(slots, definition, now)) {
      const { slot } = due;
      if (due.is === "missed") {
        const more =
          hasMore && slot === slots[0]
            ? `; more than ${PASSED_SLOTS_MAX} slots passed, older ones are not counted`
            : "";
        over(slot, "missed", due.why + more, due.last, due.count);
        continue;
      }
      if (suspended !== null) {
        over(slot, "skipped", `suspended: ${suspended}`);
        continue;
      }
      // What is made up for waits for its turn: it was wanted although it is late.
      const isLate = now - slot > MINUTE_MS;
      if (openCount > 0 && definition.overlap === "skip" && !isLate) {
        over(slot, "skipped", "the run before it went on");
        continue;
      }
      if (openCount >= QUEUED_MAX) {
        over(slot, "skipped", `${QUEUED_MAX} runs waited already`);
        continue;
      }
      if (openCount > 0 && definition.overlap === "replace" && !isLate)
        await this.#cancelAll(task, "another run takes its place");
      openCount++;
      const notBefore = slot + jitterOf(id, slot, definition.jitterMs);
      runs.push({
        ...{ slot, slotLast: slot, slotCount: 1, cause: "schedule", by: "", detail: "" },
        state: { is: "waiting", attempt: 1, notBefore },
      });
    }
    return runs;
  }

  /** A clock that was wrong, far ahead, would keep tasks from running until it is so late. */
  async #followClock(now: Instant): Promise<void> {
    const ahead = [...this.#tasks.values()].filter(({ known }) => known.accountedTo > now + CLOCK_BACK_MS);
    if (ahead.length === 0) return;
    await this.#deps.store.accountFrom(now);
    for (const task of ahead) this.#become(task, { ...task.known, accountedTo: now });
  }

  /** Begins what waits and may begin: of each task one at a time, the oldest first. */
  async #begin(): Promise<void> {
    const now = this.#deps.clock.now();
    const ready = [...this.#tasks.values()].flatMap((task): readonly Beginning[] => {
      const [run] = task.open.values();
      if (run?.row.state !== "waiting" || run.isBeginning) return [];
      const { state, effect } = stepTaskRun(runState(run.row), { is: "begin" }, task.known.definition, now);
      return effect?.is === "start" ? [{ task, run, state }] : [];
    });
    for (const { run } of ready) run.isBeginning = true;
    const begun: Beginning[] = [];
    for (let from = 0; from < ready.length; from += BEGUN_AT_ONCE_MAX) {
      begun.push(...(await this.#noteBegun(ready.slice(from, from + BEGUN_AT_ONCE_MAX))));
      await nextTurn();
    }
    // After all are written down: what the first ones do must not make the last ones late.
    for (const { task, run } of begun)
      if (task.open.has(run.row.id)) {
        this.#tell({ is: "run", taskId: run.row.task_id, run: run.row });
        this.#attempt(task, run);
      }
  }

  /** Writes down that these begin now; those that do. */
  async #noteBegun(beginnings: readonly Beginning[]): Promise<readonly Beginning[]> {
    const { clock, store } = this.#deps;
    const startedAt = clock.now();
    const changes = beginnings.map(({ task, run: { row }, state }) => {
      const { id, definition } = task.known;
      const dueAt = row.slot + (row.cause === "schedule" ? jitterOf(id, row.slot, definition.jitterMs) : 0);
      const note = row.started_at === null ? { startedAt, lateMs: Math.max(0, startedAt - dueAt) } : {};
      return { run: row, state, note };
    });
    const saved = new Map((await store.save(changes)).map((row) => [row.id, row]));
    return beginnings.filter(({ task, run }) => {
      run.isBeginning = false;
      const row = saved.get(run.row.id);
      // It may have been cancelled meanwhile.
      if (row === undefined) this.#lose(task, run);
      else if (task.open.has(row.id)) run.row = row;
      return row !== undefined && task.open.has(row.id);
    });
  }

  async #endLate(): Promise<void> {
    const now = this.#deps.clock.now();
    for (const task of this.#tasks.values())
      for (const run of task.open.values())
        if (run.row.until !== null && run.row.until <= now) await this.#step(task, run, { is: "time" });
  }

  /** Says that it is here, and takes over what another hub has left. */
  async #keepHold(): Promise<void> {
    const { clock, store } = this.#deps;
    if (clock.monotonic() - this.#renewedMs < HOLD_RENEWED_MS) return;
    this.#renewedMs = clock.monotonic();
    await store.renew();
    for (const row of await store.claim()) {
      const task = this.#tasks.get(row.task_id);
      if (task === undefined) continue;
      const known = task.open.get(row.id);
      // One that is known: this hub slept longer than its hold lasted, and nobody came.
      if (known === undefined) this.#take(task, row);
      else known.row = row;
    }
    // Those that nobody works at: taken over, or their outcome could not be written down.
    for (const task of this.#tasks.values())
      for (const run of task.open.values())
        if (run.row.state === "running" && run.attempt === undefined) {
          if (canResume(task.known.definition.work)) this.#attempt(task, run);
          else await this.#step(task, run, { is: "lost" });
        }
  }

  // ---- steps

  /** Carries out the attempt that a run is in. */
  #attempt(task: LiveTask, run: LiveRun): void {
    const attempt = new AbortController();
    run.attempt = attempt;
    this.#later(async () => {
      const { row } = run;
      const result = await this.#worked(task, row, attempt.signal);
      if (attempt.signal.reason === LEFT) return;
      try {
        if (result !== undefined) await this.#step(task, run, { is: "result", attempt: row.attempt, ...result });
      } finally {
        // Where that could not be written down, the run is taken up again.
        if (run.attempt === attempt) run.attempt = undefined;
      }
    });
  }

  async #worked(task: LiveTask, run: TaskRunRow, signal: AbortSignal) {
    const { definition } = task.known;
    let asked = (): void => undefined;
    try {
      asked = await this.#places.take(signal);
      const actor = await this.#actorOf(task);
      if (actor === undefined)
        return { outcome: "refused", detail: task.known.suspended ?? "its owner is gone" } as const;
      return await doWork({ run, definition, actor, signal, asked }, this.#deps);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (isMusterError(error, "FORBIDDEN")) {
        await this.#suspend(task, "its owner may not do this any more");
        return { outcome: "refused", detail: "its owner may not do this any more" } as const;
      }
      if (!isMusterError(error)) this.#deps.log.error("the work of a task failed", { task: definition.name, error });
      return { outcome: "failed", detail: wordsOf(error) } as const;
    } finally {
      asked();
    }
  }

  /** The task as an actor; undefined, and the task suspended, where its owner is gone or may not do it any more. */
  async #actorOf(task: LiveTask): Promise<Actor | undefined> {
    const { db, clock } = this.#deps;
    const { id, definition, owner } = task.known;
    const actor = await actorNow({ kind: "task", taskId: id, taskName: definition.name, owner }, db, clock);
    if (actor !== undefined && authorize(actor, rightOfWork(definition.work), clock.now()).allow) return actor;
    await this.#suspend(task, actor === undefined ? "its owner is gone" : "its owner may not do this any more");
    return undefined;
  }

  async #suspend(task: LiveTask, why: string): Promise<void> {
    if (task.known.suspended === why || !this.#tasks.has(task.known.id)) return;
    await this.#deps.store.suspend(task.known.id, why);
    this.#become(task, { ...task.known, suspended: why });
    this.#deps.log.warn("a task is suspended", { task: task.known.definition.name, why });
  }

  /** One step of the table, after those of the same run before it. */
  #step(task: LiveTask, run: LiveRun, event: TaskRunEvent): Promise<void> {
    return this.#turns.take(run.row.id, () => this.#stepNow(task, run, event));
  }

  /** Its state is durable before its effect. */
  async #stepNow(task: LiveTask, run: LiveRun, event: TaskRunEvent): Promise<void> {
    const { clock, store } = this.#deps;
    if (!task.open.has(run.row.id)) return;
    const { state, effect } = stepTaskRun(runState(run.row), event, task.known.definition, clock.now());
    if (effect === undefined || effect.is === "start") return;
    const [row] = await store.save([{ run: run.row, state, note: { detail: effect.detail } }]);
    if (row === undefined) return this.#lose(task, run);
    run.row = row;
    const { attempt } = run;
    run.attempt = undefined;
    if (effect.is !== "end") attempt?.abort();
    if (row.state === "ended") this.#end(task, run);
    this.#tell({ is: "run", taskId: row.task_id, run: row });
  }

  async #cancelAll(task: LiveTask, why: string): Promise<void> {
    for (const run of task.open.values()) await this.#step(task, run, { is: "cancel", why });
  }

  #end(task: LiveTask, { row }: LiveRun): void {
    task.open.delete(row.id);
    this.#noteLast(task, row);
    // Whoever waits for it begins now, and not in a second.
    if (task.open.size > 0) this.#later(() => this.#begin());
  }

  /** Another hub has it. */
  #lose(task: LiveTask, run: LiveRun): void {
    if (!task.open.delete(run.row.id)) return;
    run.attempt?.abort(LEFT);
    this.#deps.log.warn("another hub carries out a run that was carried out here", { run: run.row.id });
  }

  #take(task: LiveTask, row: TaskRunRow): LiveRun {
    const run: LiveRun = { row, attempt: undefined, isBeginning: false };
    if (row.state !== "ended") task.open.set(row.id, run);
    this.#tell({ is: "run", taskId: row.task_id, run: row });
    return run;
  }

  #noteLast(task: LiveTask, row: TaskRunRow): void {
    if (row.outcome !== null && !VOID_RUN_OUTCOMES.includes(row.outcome)) task.last = row;
  }

  async #set(
    actor: Actor,
    door: Door,
    id: string,
    change: {
      readonly name: string;
      readonly right: ReturnType<typeof rightOfWork>;
      readonly args: Readonly<Record<string, unknown>>;
    },
    definition: TaskDefinition,
  ): Promise<TaskView> {
    const task = this.#get(id);
    const now = this.#deps.clock.now();
    // Whoever only switches it off answers for nothing.
    const owner = definition.isEnabled ? { owner: this.#ownerOf(actor), ownerName: actorName(actor) } : {};
    const known = { ...task.known, ...owner, definition, suspended: null, accountedTo: now, changedAt: now };
    await this.#deps.bus.change(actor, door, { ...change, target: task.known.definition.name }, () =>
      this.#deps.store.change(known),
    );
    this.#become(task, known);
    return this.view(id);
  }

  #check(definition: TaskDefinition): void {
    checkSchedule(definition);
    const { schedule, isEnabled } = definition;
    if (schedule.is === "once" && isEnabled && schedule.at <= this.#deps.clock.now())
      throw new MusterError("BAD_REQUEST", { fields: { "body.schedule.at": "has passed" } });
    checkWork(definition.work, this.#deps);
  }

  #ownerOf(actor: Actor) {
    const owner = ownerRef(actor);
    if (owner === undefined)
      throw new MusterError("FORBIDDEN", {
        message: "A task belongs to a user or a token, and the console is neither.",
      });
    return owner;
  }

  #enter(known: KnownTask): void {
    const words = scheduleWords(known.definition);
    const task: LiveTask = { known, words, nextAt: null, last: undefined, open: new Map() };
    this.#tasks.set(known.id, task);
    this.#become(task, known);
  }

  /** `nextAt`: where that was found already. */
  #become(task: LiveTask, known: KnownTask, nextAt?: Instant | null): void {
    const { definition, accountedTo } = known;
    if (definition !== task.known.definition) task.words = scheduleWords(definition);
    task.known = known;
    task.nextAt = !definition.isEnabled ? null : nextAt === undefined ? nextSlot(definition, accountedTo) : nextAt;
    this.#tell({ is: "changed", taskId: known.id });
  }

  #get(id: string): LiveTask {
    const task = this.#tasks.get(id);
    if (task === undefined) throw new MusterError("NOT_FOUND");
    return task;
  }

  #tell(event: TaskEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #later(work: () => Promise<unknown>): void {
    const done = work()
      .catch((error: unknown) => this.#deps.log.error("a step of a task failed", { error }))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
  }
}

const argsOf = ({ schedule, work }: TaskDefinition) => ({
  schedule: schedule.is === "cron" ? schedule.expression : schedule.is,
  work: work.is === "action" ? work.action : work.is,
});

export const runView = (row: TaskRunRow): TaskRunView => ({
  ...{ id: row.id, taskId: row.task_id, task: row.task_name, slot: row.slot, cause: row.cause, by: row.by },
  ...{ state: row.state, outcome: row.outcome, detail: row.detail, attempt: row.attempt, notBefore: row.not_before },
  ...{ startedAt: row.started_at, lateMs: row.late_ms, endedAt: row.ended_at },
  ...{ slotCount: row.slot_count, slotLast: row.slot_last },
});
