import { MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import type { RouteName, TaskRunDetail } from "@muster/protocol";
import type { ActionOutbox } from "../../commands/action-outbox.ts";
import type { ActionStore } from "../../commands/action-store.ts";
import { localText, nextSlots, scheduleNotes, checkSchedule, scheduleWords } from "../../tasks/slots.ts";
import { runView } from "../../tasks/task-desk.ts";
import type { TaskDesk } from "../../tasks/task-desk.ts";
import { taskStatistics } from "../../tasks/task-statistics.ts";
import type { KeptRun, TaskStore } from "../../tasks/task-store.ts";
import { callerOf } from "../handler.ts";
import type { Handlers } from "../handler.ts";

type TaskRoutes = Pick<
  Handlers,
  Extract<RouteName, `${string} /api/v1/task${string}` | `${string} /api/v1/runs${string}`>
>;

export interface TaskRouteDeps {
  readonly tasks: TaskDesk;
  readonly taskStore: TaskStore;
  readonly actions: Pick<ActionStore, "ofBatch">;
  readonly outbox: Pick<ActionOutbox, "wait">;
  readonly clock: Clock;
}

const RUNS = 100;

export function taskRoutes({ tasks, taskStore, actions, outbox, clock }: TaskRouteDeps): TaskRoutes {
  const detailOf = async (row: KeptRun, signal: AbortSignal): Promise<TaskRunDetail> => {
    const asked: TaskRunDetail["actions"] = [];
    for (const { attempt, batchId } of await taskStore.batches(row.id))
      for (const { id } of await actions.ofBatch(batchId))
        // Lists leave out what programs printed.
        asked.push({ attempt, action: await outbox.wait(id, 0, signal) });
    const steps = (await taskStore.steps(row.id)).map(({ attempt, what, outcome, detail, output, ended_at }) => ({
      ...{ attempt, what, outcome, detail, output, endedAt: ended_at },
    }));
    return { run: runView(row), actions: asked, steps };
  };

  return {
    "GET /api/v1/tasks": async () => ({ items: tasks.ids().map((id) => tasks.view(id)) }),

    "POST /api/v1/tasks": (context) => tasks.add(callerOf(context).actor, "http", context.body),

    "GET /api/v1/tasks/{id}": async ({ params }) => ({
      task: tasks.view(params.id),
      statistics: taskStatistics(await taskStore.tallies(params.id)),
    }),

    "PUT /api/v1/tasks/{id}": (context) =>
      tasks.change(callerOf(context).actor, "http", context.params.id, context.body),

    "DELETE /api/v1/tasks/{id}": async (context) => {
      await tasks.delete(callerOf(context).actor, "http", context.params.id);
      return null;
    },

    "POST /api/v1/tasks/{id}/enable": (context) =>
      tasks.enable(callerOf(context).actor, "http", context.params.id, context.body.isEnabled),

    "POST /api/v1/tasks/{id}/run": (context) => tasks.runNow(callerOf(context).actor, "http", context.params.id),

    "POST /api/v1/task-previews": async ({ body }) => {
      checkSchedule(body);
      const slots = nextSlots(body, clock.now(), body.count);
      return {
        words: scheduleWords(body),
        slots: slots.map((at) => ({ at, local: localText(at, body.zone) })),
        notes: [...scheduleNotes(body, slots)],
      };
    },

    "GET /api/v1/runs": async ({ query }) => {
      const { before: beforeId, limit = RUNS, ...filter } = query;
      const before = beforeId === undefined ? undefined : await taskStore.run(beforeId);
      if (beforeId !== undefined && before === undefined)
        throw new MusterError("NOT_FOUND", { fields: { "query.before": "there is no such run" } });
      return { items: (await taskStore.runs({ ...filter, before, limit })).map(runView) };
    },

    "GET /api/v1/runs/{id}": async ({ params, query, signal }) =>
      detailOf(await tasks.wait(params.id, query.waitMs ?? 0, signal), signal),

    "POST /api/v1/runs/{id}/cancel": (context) => tasks.cancel(callerOf(context).actor, "http", context.params.id),
  };
}
