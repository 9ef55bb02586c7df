import { TASK_DEFAULTS } from "@muster/core";
import type { TaskRunView, TaskView } from "@muster/protocol";
import { idOf, serverOf, serviceOf } from "./fleet.ts";
import type { Handlers } from "./scripted-hub.ts";

export const NOW = Date.now();
/** A task of Berlin that restarts nginx at night, with other parts over it. */
const task = (number: number, name: string, more: Partial<TaskView> = {}): TaskView => ({
  ...TASK_DEFAULTS,
  id: idOf("batch", number),
  name,
  zone: "Europe/Berlin",
  schedule: { is: "cron", expression: "0 3 * * *" },
  work: { is: "action", action: "service.restart", args: {}, targets: { services: [idOf("service", 1)] } },
  words: "at 03:00",
  owner: "olga",
  suspended: null,
  nextAt: Date.parse("2026-11-28T02:00Z"),
  lastRun: null,
  runningCount: 0,
  createdAt: 1,
  changedAt: 1,
  ...more,
});
/** A run of the first task that went well. */
export const run = (number: number, more: Partial<TaskRunView> = {}): TaskRunView => ({
  id: idOf("action", number),
  taskId: NIGHTLY_ID,
  task: "Nightly",
  slot: NOW - 60_000,
  cause: "asked",
  by: "olga",
  state: "ended",
  outcome: "succeeded",
  detail: "",
  attempt: 1,
  notBefore: NOW - 60_000,
  startedAt: NOW - 58_000,
  lateMs: 2_000,
  endedAt: NOW - 50_000,
  slotCount: 1,
  slotLast: NOW - 60_000,
  ...more,
});
export const NIGHTLY_ID = idOf("batch", 1);
export const NIGHTLY = task(1, "Nightly", { lastRun: run(1, { outcome: "failed" }) });
export const SWEEP = task(2, "Weekly sweep", {
  suspended: "pavel may not do this any more",
  work: { is: "backup", keep: 7 },
});
export const PREVIEW = {
  words: "at 03:00",
  slots: [{ at: 1, local: "Sat 2026-11-28 03:00:00 GMT+1" }],
  notes: ["The clock changes."],
};

/** A hub with two tasks. */
export const TASKS_HUB: Handlers = {
  "GET /api/v1/tasks": () => ({ items: [NIGHTLY, SWEEP] }),
  "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1"), serverOf(2, "web-2")] }),
  "GET /api/v1/services": () => ({
    items: [serviceOf(1, "nginx@web-1"), serviceOf(2, "nginx@web-2"), serviceOf(3, "api@web-1")],
  }),
  "GET /api/v1/probes": () => ({ items: [] }),
  "GET /api/v1/notifiers": () => ({ refuse: "FORBIDDEN" }),
  "POST /api/v1/task-previews": ({ body }) =>
    body.schedule.is === "cron" && body.schedule.expression.startsWith("99")
      ? { refuse: "BAD_REQUEST", fields: { "body.schedule.expression": "cannot be read: there is no minute 99" } }
      : PREVIEW,
};
