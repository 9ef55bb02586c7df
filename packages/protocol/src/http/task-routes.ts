import { z } from "zod";
import { id } from "./resources.ts";
import type { Route } from "./route.ts";
import * as t from "./task-resources.ts";

const byId = z.strictObject({ id });
const many = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

/** Doors of tasks and their runs; part of `ROUTES`. Writing a task needs the right to what it does besides. */
export const TASK_ROUTES = {
  "GET /api/v1/tasks": {
    summary: "All tasks, with when each is due next and how its last run ended.",
    permission: "tasks.read",
    rate: "read",
    answer: many(t.task),
  },
  "POST /api/v1/tasks": {
    summary: "Adds a task. It runs with the rights that whoever adds it has at that moment.",
    permission: "tasks.write",
    rate: "write",
    body: t.taskDefinition,
    answer: t.task,
    status: 201,
    errors: ["CONFLICT", "NOT_FOUND"],
  },
  "GET /api/v1/tasks/{id}": {
    summary: "One task with statistics of its runs.",
    permission: "tasks.read",
    rate: "read",
    params: byId,
    answer: t.taskDetail,
    errors: ["NOT_FOUND"],
  },
  "PUT /api/v1/tasks/{id}": {
    summary: "Sets a task. From now on it runs with the rights of whoever set it.",
    permission: "tasks.write",
    rate: "write",
    params: byId,
    body: t.taskDefinition,
    answer: t.task,
    errors: ["CONFLICT", "NOT_FOUND"],
  },
  "DELETE /api/v1/tasks/{id}": {
    summary: "Removes a task with its runs; one that goes on is cancelled.",
    permission: "tasks.write",
    rate: "write",
    params: byId,
    answer: z.null(),
    status: 204,
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/tasks/{id}/enable": {
    summary: "Switches a task on, from now on with the rights of whoever does it, or off.",
    permission: "tasks.write",
    rate: "write",
    params: byId,
    body: z.strictObject({ isEnabled: z.boolean().default(true) }),
    answer: t.task,
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/tasks/{id}/run": {
    summary: "Runs a task now, whatever its schedule says, also one that is switched off.",
    permission: "tasks.write",
    rate: "write",
    params: byId,
    answer: t.taskRun,
    status: 201,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "POST /api/v1/task-previews": {
    summary: "When a schedule would be due next, and what it says in words.",
    permission: "tasks.read",
    rate: "write",
    body: t.taskPreview,
    answer: t.taskPreviewAnswer,
  },
  "GET /api/v1/runs": {
    summary: "Runs of tasks, newest first; slots that were skipped or missed are among them.",
    permission: "tasks.read",
    rate: "read",
    query: z.strictObject({
      task: id.optional(),
      outcome: t.taskRunOutcome.optional(),
      from: z.coerce.number().int().min(0).optional().describe("only slots at or after this instant"),
      until: z.coerce.number().int().min(0).optional().describe("only slots before this instant"),
      before: id.optional().describe("only those that come after this run in the list"),
      limit: z.coerce.number().int().min(1).max(500).optional().describe("100 by default"),
    }),
    answer: many(t.taskRun),
    errors: ["NOT_FOUND"],
  },
  "GET /api/v1/runs/{id}": {
    summary: "One run with what it asked for, and what came of it.",
    permission: "actions.read",
    rate: "read",
    params: byId,
    query: z.strictObject({
      waitMs: z.coerce.number().int().min(0).max(60_000).optional().describe("waits so long for its end"),
    }),
    answer: t.taskRunDetail,
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/runs/{id}/cancel": {
    summary: "Ends a run. What has begun on a server goes on there, and its outcome is kept.",
    permission: "tasks.write",
    rate: "write",
    params: byId,
    answer: t.taskRun,
    errors: ["NOT_FOUND", "CONFLICT"],
  },
} as const satisfies Record<string, Route>;
