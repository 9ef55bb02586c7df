import { TASK_DEFAULTS } from "@muster/core";
import type { TaskRunOutcome } from "@muster/core";
import type { RouteAnswer, RouteInput, TaskRunView, TasksState, TaskView } from "@muster/protocol";
import { missing, ok, taken, wrong } from "./stand-in-answer.ts";
import type { Answer } from "./stand-in-answer.ts";
import { notifierId } from "./stand-in-notifiers.ts";
import { probeId } from "./stand-in-probes.ts";
import { HOSTILE, HOUR, idOf, MINUTE } from "./stand-in-servers.ts";
import type { Server, Service } from "./stand-in-servers.ts";

/** Tasks that pages are opened at. */
export const TASK = {
  nightly: 0,
  rotate: 1,
  probes: 2,
  suspended: 3,
  running: 4,
  off: 5,
  hostile: 6,
  backup: 7,
} as const;
export const taskId = (place: keyof typeof TASK): string => idOf(21, TASK[place]);
export const RUN = { rotated: 1, running: 2, looked: 3 } as const;
export const runId = (place: keyof typeof RUN): string => idOf(22, RUN[place]);

const DAY = 24 * HOUR;

type NewTask = RouteInput<"POST /api/v1/tasks">["body"];

type RunDetail = RouteAnswer<"GET /api/v1/runs/{id}">;
type ActionView = RunDetail["actions"][number]["action"];

/** Tasks and runs of a hub that only plays one: nothing runs by itself, and whoever asks gets a run that goes on until it is told to end. */
export class StandInTasks {
  readonly #now: number;
  readonly #servers: readonly Server[];
  readonly #services: readonly Service[];
  readonly #tell: (state: TasksState) => void;
  readonly #tasks = new Map<string, TaskView>();
  readonly #runs = new Map<string, TaskRunView>();
  #runCount = 1_000;

  constructor(
    servers: readonly Server[],
    services: readonly Service[],
    now: number,
    isEmpty: boolean,
    tell: (state: TasksState) => void,
  ) {
    this.#now = now;
    this.#servers = servers;
    this.#services = services;
    this.#tell = tell;
    if (!isEmpty) this.#make();
  }

  get whole(): TasksState {
    const runs = [...this.#runs.values()].filter(({ state }) => state !== "ended");
    return { whole: true, tasks: [...this.#tasks.values()], removed: [], runs };
  }

  /** A run ends, as the hub would tell. */
  end(id: string, outcome: TaskRunOutcome, detail: string): void {
    const run: TaskRunView = { ...this.#runs.get(id)!, state: "ended", outcome, detail, endedAt: Date.now() };
    this.#runs.set(id, run);
    const task = { ...this.#tasks.get(run.taskId)!, runningCount: 0, lastRun: run };
    this.#tasks.set(task.id, task);
    this.#tell({ whole: false, tasks: [task], removed: [], runs: [run] });
  }

  /** What the hub would answer; undefined for what is not about tasks. */
  answer(method: string, path: string, search: URLSearchParams, body: unknown): Answer | undefined {
    const [, family, id, part] = path.split("/");
    if (family === "task-previews") return this.#preview(body as NewTask);
    if (family === "runs") return id === undefined ? this.#list(search) : this.#ofRun(id, part);
    if (family !== "tasks") return undefined;
    if (id === undefined)
      return method === "GET" ? ok({ items: [...this.#tasks.values()] }) : this.#save(undefined, body as NewTask);
    const task = this.#tasks.get(id);
    if (!task) return missing();
    if (part === "enable") return ok(this.#change(task, { isEnabled: (body as TaskView).isEnabled, suspended: null }));
    if (part === "run") return ok(this.#run(task), 201);
    if (method === "PUT") return this.#save(task, body as NewTask);
    if (method === "DELETE") {
      this.#tasks.delete(id);
      this.#tell({ whole: false, tasks: [], removed: [id], runs: [] });
      return ok(null, 204);
    }
    return ok({
      task,
      statistics: {
        counts: { succeeded: 81, failed: 3, "timed-out": 1, missed: 14, skipped: 2 },
        durationMs: { median: 4_200, p95: 9_700, max: 61_000 },
        lateMs: { median: 80, p95: 900, max: 12_000 },
      },
    });
  }

  #save(known: TaskView | undefined, given: NewTask): Answer {
    if ([...this.#tasks.values()].some(({ id, name }) => name === given.name && id !== known?.id)) return taken();
    const refused = this.#wrongSchedule(given);
    if (refused) return refused;
    const id = known?.id ?? idOf(21, 100 + this.#tasks.size);
    const task = { ...this.#task(id, given.name, {}), ...known, ...(given as Partial<TaskView>) };
    return ok(this.#change(task, { words: this.#words(given), owner: "olga" }), known ? 200 : 201);
  }

  #wrongSchedule({ schedule }: NewTask): Answer | undefined {
    return schedule.is === "cron" && /\b(?:99|FOO)\b/i.test(schedule.expression)
      ? wrong({ "schedule.expression": "cannot be read: there is no minute 99" })
      : undefined;
  }

  #words({ schedule }: NewTask): string {
    return schedule.is === "cron" ? `at 03:00 (${schedule.expression})` : schedule.is;
  }

  #preview(given: NewTask): Answer {
    const refused = this.#wrongSchedule(given);
    if (refused) return refused;
    const { schedule, zone = "UTC" } = given;
    const first = schedule.is === "once" ? schedule.at : Math.ceil(this.#now / DAY) * DAY + 3 * HOUR;
    const slots = Array.from({ length: schedule.is === "once" ? 1 : 10 }, (_, index) => first + index * DAY);
    const local = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    return ok({
      words: this.#words(given),
      slots: slots.map((at) => ({ at, local: `${local.format(at)} ${zone === "UTC" ? "GMT" : "GMT+1"}` })),
      notes:
        zone === "Europe/Berlin"
          ? [
              "The clock of Europe/Berlin changes (GMT+1 to GMT+2) before Sun 2027-03-28 03:00:00 GMT+2. A time of day that is left out runs at the first instant after it, one that comes twice runs once; steps of minutes and hours keep their distance.",
            ]
          : [],
    });
  }

  #list(search: URLSearchParams): Answer {
    const [task, from, until] = [search.get("task"), Number(search.get("from") ?? 0), search.get("until")];
    const items = [...this.#runs.values()]
      .filter(
        (run) => (task === null || run.taskId === task) && run.slotLast >= from && run.slot < Number(until ?? Infinity),
      )
      .toSorted((a, b) => b.slot - a.slot);
    const before = items.findIndex(({ id }) => id === search.get("before"));
    return ok({ items: items.slice(before + 1, before + 1 + Number(search.get("limit") ?? 100)) });
  }

  #ofRun(id: string, part: string | undefined): Answer {
    const run = this.#runs.get(id);
    if (!run) return missing();
    if (part === "cancel") {
      this.end(id, "cancelled", "cancelled by olga");
      return ok(this.#runs.get(id));
    }
    return ok(this.#detail(run));
  }

  #detail(run: TaskRunView): RunDetail {
    if (run.outcome === "missed" || run.outcome === "skipped") return { run, actions: [], steps: [] };
    const task = this.#tasks.get(run.taskId);
    if (task?.work.is === "probe")
      return {
        run,
        actions: [],
        steps: ["Shop", "API"].map((what, index) => ({
          attempt: 1,
          what,
          outcome: index === 0 ? "succeeded" : "failed",
          detail: index === 0 ? "200 in 41 ms" : "connection refused",
          output: index === 0 ? "" : `HTTP/1.1 502\n${HOSTILE}`,
          endedAt: run.slot + 2_000,
        })),
      };
    const isGoingOn = run.state !== "ended";
    const action = (number: number, parts: Partial<ActionView>): ActionView => ({
      id: idOf(23, number),
      batchId: idOf(24, 1),
      serverId: this.#servers[number % 3]!.id,
      server: this.#servers[number % 3]!.name,
      serviceId: null,
      action: "exec.run",
      args: { command: "rotate-logs", days: 30, kind: "app" },
      actor: `olga (task "${run.task}" ${run.taskId})`,
      door: "task",
      reason: `task ${run.task}`,
      state: "ended",
      outcome: "succeeded",
      detail: "exit 0",
      exit: 0,
      output: `rotated ${number + 1} files\nfreed 1.2 GiB\n`,
      askedAt: run.slot + 100,
      sentAt: run.slot + 200,
      endedAt: run.slot + 3_200,
      auditSeq: 40 + number,
      ...parts,
    });
    return {
      run,
      actions: [
        { attempt: 1, action: action(0, {}) },
        {
          attempt: 1,
          action: action(1, { outcome: "failed", detail: "exit 2", exit: 2, output: `${HOSTILE}\nno space left` }),
        },
        ...(run.attempt > 1
          ? [
              {
                attempt: 2,
                action: action(
                  4,
                  isGoingOn
                    ? { state: "sent", outcome: null, detail: "", exit: null, output: null, endedAt: null }
                    : {},
                ),
              },
            ]
          : []),
        {
          attempt: run.attempt,
          action: action(2, {
            outcome: "refused",
            detail: "no entry allows exec.run; add: - {action: exec.run, commands: [rotate-logs]}",
            exit: null,
            output: null,
          }),
        },
      ],
      steps: [],
    };
  }

  #change(task: TaskView, parts: Partial<TaskView>): TaskView {
    const next = { ...task, ...parts, changedAt: Date.now() };
    this.#tasks.set(task.id, next);
    this.#tell({ whole: false, tasks: [next], removed: [], runs: [] });
    return next;
  }

  #run(task: TaskView): TaskRunView {
    const at = Date.now();
    const run = this.#addRun(task, idOf(22, this.#runCount++), at, {
      ...{ cause: "asked", by: "olga", state: "running", outcome: null, lateMs: 0, endedAt: null },
    });
    const next = { ...task, runningCount: 1 };
    this.#tasks.set(task.id, next);
    this.#tell({ whole: false, tasks: [next], removed: [], runs: [run] });
    return run;
  }

  #addRun(task: TaskView, id: string, slot: number, parts: Partial<TaskRunView> = {}): TaskRunView {
    const run: TaskRunView = {
      id,
      taskId: task.id,
      task: task.name,
      slot,
      cause: "schedule",
      by: "",
      state: "ended",
      outcome: "succeeded",
      detail: "",
      attempt: 1,
      notBefore: slot,
      startedAt: slot + 120,
      lateMs: 120,
      endedAt: slot + 4_200,
      slotCount: 1,
      slotLast: slot,
      ...parts,
    };
    this.#runs.set(id, run);
    return run;
  }

  #task(id: string, name: string, parts: Partial<TaskView>): TaskView {
    const task: TaskView = {
      ...TASK_DEFAULTS,
      id,
      name,
      schedule: { is: "cron", expression: "0 3 * * *" },
      work: { is: "backup", keep: 7 },
      words: "at 03:00",
      owner: "olga",
      suspended: null,
      nextAt: this.#now + 5 * HOUR,
      lastRun: null,
      runningCount: 0,
      createdAt: this.#now - 900 * HOUR,
      changedAt: this.#now - 90 * HOUR,
      ...parts,
    };
    this.#tasks.set(id, task);
    return task;
  }

  /** What a task did last is told with it. */
  #withLast(task: TaskView, run: TaskRunView): void {
    this.#tasks.set(task.id, { ...task, lastRun: run });
  }

  #make(): void {
    const now = this.#now;
    const [first, second] = this.#services;
    const nightly = this.#task(taskId("nightly"), "Nightly restart", {
      description: "Frees what the shop leaks.",
      zone: "Europe/Berlin",
      work: { is: "action", action: "service.restart", args: {}, targets: { services: [first!.id, second!.id] } },
      missed: "once",
      retries: { most: 2, delayMs: 30_000 },
      jitterMs: 60_000,
    });
    this.#makeHistory(nightly);
    const rotate = this.#task(taskId("rotate"), "Rotate logs", {
      schedule: { is: "every", everyMs: 6 * HOUR, from: 0 },
      words: "every 6h",
      work: {
        ...{ is: "action", action: "exec.run", args: { command: "rotate-logs", days: 30, kind: "app" } },
        targets: { tag: "prod" },
      },
      tell: { failure: true, lateAfterMs: MINUTE },
    });
    const rotated = this.#addRun(rotate, runId("rotated"), now - 40 * MINUTE, {
      ...{ outcome: "failed", detail: "1 of 3 succeeded; web-2: exit 2", attempt: 2, lateMs: 95_000 },
    });
    this.#withLast(rotate, rotated);
    const probes = this.#task(taskId("probes"), "Morning look", {
      work: { is: "probe", probeIds: [probeId("shop"), probeId("api")] },
      zone: "Asia/Tokyo",
    });
    this.#withLast(
      probes,
      this.#addRun(probes, runId("looked"), now - 2 * HOUR, { outcome: "failed", detail: "1 of 2 succeeded" }),
    );
    this.#task(taskId("suspended"), "Reboot on Sunday", {
      schedule: { is: "cron", expression: "0 4 * * 0" },
      words: "at 04:00, only on Sunday",
      work: { is: "action", action: "server.reboot", args: {}, targets: { servers: [this.#servers[0]!.id] } },
      owner: "pavel",
      suspended: "pavel may not do this any more: the role viewer does not hold actions.dangerous",
      nextAt: null,
    });
    const running = this.#task(taskId("running"), "Tell the team", {
      work: { is: "webhook", notifierId: notifierId("chat"), text: "Stand-up in five minutes." },
      runningCount: 1,
    });
    this.#addRun(running, runId("running"), now - MINUTE, {
      ...{ state: "running", outcome: null, attempt: 2, endedAt: null },
    });
    this.#task(taskId("off"), "Old sweep", {
      isEnabled: false,
      schedule: { is: "once", at: now + 30 * DAY },
      words: "once",
      work: { is: "action", action: "service.stop", args: {}, targets: { name: "legacy", driver: "systemd" } },
      nextAt: null,
    });
    this.#task(taskId("hostile"), HOSTILE, { description: HOSTILE, words: HOSTILE, nextAt: now + 3 * DAY });
    const backup = this.#task(taskId("backup"), "Backup", {});
    this.#withLast(backup, this.#addRun(backup, idOf(22, 900), now - 9 * HOUR));
  }

  /** A month and a half of nights, with what can become of a slot. */
  #makeHistory(task: TaskView): void {
    const OTHERS: Readonly<Record<number, Partial<TaskRunView>>> = {
      3: { outcome: "failed", detail: "billing@web-1: exit 137" },
      6: { outcome: "skipped", detail: "the run before went on", startedAt: null, lateMs: null, endedAt: null },
      9: { outcome: "timed-out", detail: "not over after 600 s", endedAt: null },
      14: { outcome: "unknown", detail: "the hub ended in the middle of it" },
      20: { outcome: "cancelled", detail: "cancelled by olga", cause: "asked", by: "olga" },
    };
    const base = Math.floor(this.#now / DAY) * DAY - 21 * HOUR;
    let last: TaskRunView | undefined;
    for (let night = 45; night >= 0; night--) {
      const slot = base - (night - 1) * DAY;
      if (slot > this.#now || (night > 10 && night < 14)) continue;
      last = this.#addRun(task, idOf(22, 100 + night), slot, OTHERS[night]);
    }
    const [from, to] = [base - 12 * DAY, base - 10 * DAY];
    this.#addRun(task, idOf(22, 99), from, {
      ...{ outcome: "missed", detail: "the hub was not there", startedAt: null, lateMs: null, endedAt: null },
      ...{ slotCount: 3, slotLast: to },
    });
    if (last) this.#withLast(task, last);
  }
}
