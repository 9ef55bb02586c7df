import { TASK_DEFAULTS } from "@muster/core";
import type { Run, Task } from "./tasks-view.ts";

/** A task for tests, with what the test is about put over it. */
export const testTask = (parts: Partial<Task> & Pick<Task, "name">): Task => ({
  ...TASK_DEFAULTS,
  id: parts.name,
  schedule: { is: "cron", expression: "0 3 * * *" },
  work: { is: "action", action: "service.restart", args: {}, targets: { services: ["nginx"] } },
  words: "at 03:00",
  owner: "olga",
  suspended: null,
  nextAt: 100_000,
  lastRun: null,
  runningCount: 0,
  createdAt: 0,
  changedAt: 0,
  ...parts,
});

export const testRun = (parts: Partial<Run> & Pick<Run, "id">): Run => ({
  taskId: "task",
  task: "task",
  slot: 1_000,
  cause: "schedule",
  by: "",
  state: "ended",
  outcome: "succeeded",
  detail: "",
  attempt: 1,
  notBefore: 1_000,
  startedAt: 1_100,
  lateMs: 100,
  endedAt: 2_000,
  slotCount: 1,
  slotLast: 1_000,
  ...parts,
});
