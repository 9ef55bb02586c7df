import { MISSED_POLICIES, OVERLAP_POLICIES, TASK_DEFAULTS, TASK_RUN_OUTCOMES } from "@muster/core";
import { z } from "zod";
import { action, actionName, actionTargets, id, instant } from "./resources.ts";

/** What the API says of tasks and their runs. */

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
export const milliseconds = (least: number, most: number) => z.int().min(least).max(most);
const line = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, "must hold no control characters");

export const taskName = line(100).min(1);
export const zone = z.string().min(1).max(64).describe("a time zone by the IANA's list, such as Europe/Berlin");

const actionArgs = z.record(z.string().max(64), z.union([z.string().max(4_096), z.int()]));

export const schedule = z.discriminatedUnion("is", [
  z.strictObject({
    is: z.literal("cron"),
    expression: z.string().trim().min(1).max(256).describe("five fields: minute, hour, day, month, weekday"),
  }),
  z.strictObject({
    is: z.literal("every"),
    everyMs: milliseconds(10 * SECOND_MS, 366 * DAY_MS),
    from: instant.describe("the first slot; the others lie at whole multiples after it").default(0),
  }),
  z.strictObject({ is: z.literal("once"), at: instant }),
]);

export const taskWork = z.discriminatedUnion("is", [
  z.strictObject({ is: z.literal("action"), action: actionName, args: actionArgs.default({}), targets: actionTargets }),
  z.strictObject({ is: z.literal("probe"), probeIds: z.array(id).min(1).max(1_000) }),
  z.strictObject({
    is: z.literal("webhook"),
    notifierId: id,
    text: z.string().trim().min(1).max(4_000),
  }),
  z.strictObject({ is: z.literal("backup"), keep: z.int().min(1).max(1_000).default(7) }),
]);

export const taskDefinition = z.strictObject({
  name: taskName,
  description: z.string().trim().max(2_000).default(TASK_DEFAULTS.description),
  isEnabled: z.boolean().default(TASK_DEFAULTS.isEnabled),
  zone: zone.default(TASK_DEFAULTS.zone),
  schedule,
  work: taskWork,
  timeoutMs: milliseconds(SECOND_MS, DAY_MS).default(TASK_DEFAULTS.timeoutMs),
  overlap: z.enum(OVERLAP_POLICIES).default(TASK_DEFAULTS.overlap),
  missed: z.enum(MISSED_POLICIES).default(TASK_DEFAULTS.missed),
  missedWithinMs: milliseconds(0, 31 * DAY_MS).default(TASK_DEFAULTS.missedWithinMs),
  retries: z
    .strictObject({ most: z.int().min(0).max(10), delayMs: milliseconds(SECOND_MS, 3_600_000).default(30_000) })
    .default(TASK_DEFAULTS.retries),
  jitterMs: milliseconds(0, 3_600_000).default(TASK_DEFAULTS.jitterMs),
  tell: z
    .strictObject({
      failure: z.boolean().default(TASK_DEFAULTS.tell.failure),
      lateAfterMs: milliseconds(SECOND_MS, DAY_MS).nullable().default(TASK_DEFAULTS.tell.lateAfterMs),
    })
    .default(TASK_DEFAULTS.tell),
});

export const taskRunOutcome = z.enum(TASK_RUN_OUTCOMES);
export const taskRun = z.object({
  id,
  taskId: id,
  /** As it was called then. */
  task: z.string(),
  /** When it was due; of one that somebody asked for, when that was. */
  slot: instant,
  cause: z.enum(["schedule", "asked"]),
  /** Who asked for it; empty where the schedule did. */
  by: z.string(),
  state: z.enum(["waiting", "running", "ended"]),
  outcome: taskRunOutcome.nullable(),
  detail: z.string(),
  attempt: z.int(),
  /** When it may begin, by jitter, or after a pause before another attempt. */
  notBefore: instant,
  startedAt: instant.nullable(),
  /** How long after its slot, and its jitter, it began. */
  lateMs: z.int().nullable(),
  endedAt: instant.nullable(),
  /** More than 1: so many slots in a row, up to the last, were missed for the same reason. */
  slotCount: z.int(),
  slotLast: instant,
});
export type TaskRunView = z.infer<typeof taskRun>;

export const task = z.object({
  id,
  ...taskDefinition.shape,
  /** The schedule in words, in English. */
  words: z.string(),
  /** With whose rights it runs: whoever wrote or switched it on last. */
  owner: z.string(),
  /** Why it does not run although it is switched on; null: it does. */
  suspended: z.string().nullable(),
  nextAt: instant.nullable(),
  /** The newest that came to something: not skipped, missed or cancelled. */
  lastRun: taskRun.nullable(),
  runningCount: z.int(),
  createdAt: instant,
  changedAt: instant,
});
export type TaskView = z.infer<typeof task>;

export const taskStatistics = z.object({
  /** Runs of the last 90 days by outcome; missed slots are counted singly. */
  counts: z.partialRecord(taskRunOutcome, z.int()),
  durationMs: z.object({ median: z.number(), p95: z.number(), max: z.number() }).nullable(),
  lateMs: z.object({ median: z.number(), p95: z.number(), max: z.number() }).nullable(),
});
export const taskDetail = z.object({ task, statistics: taskStatistics });

export const taskPreview = z.strictObject({
  schedule,
  zone: zone.default(TASK_DEFAULTS.zone),
  count: z.int().min(1).max(100).default(10),
});
export const taskPreviewAnswer = z.object({
  words: z.string(),
  /** `local` is what a clock in the zone shows, with its distance to UTC. */
  slots: z.array(z.object({ at: instant, local: z.string() })),
  /** What is peculiar: a day whose clock is changed, a date that does not come. */
  notes: z.array(z.string()),
});
export type TaskPreviewAnswer = z.infer<typeof taskPreviewAnswer>;

/** One effect that a run asked for, besides actions of servers: a look of a probe, a call, a backup. */
export const taskRunStep = z.object({
  attempt: z.int(),
  what: z.string(),
  outcome: taskRunOutcome.nullable(),
  detail: z.string(),
  output: z.string(),
  endedAt: instant.nullable(),
});
export type TaskRunStepView = z.infer<typeof taskRunStep>;

export const taskRunDetail = z.object({
  run: taskRun,
  /** What it asked of servers, of all its attempts, with what programs printed. */
  actions: z.array(z.object({ attempt: z.int(), action })),
  steps: z.array(taskRunStep),
});
export type TaskRunDetail = z.infer<typeof taskRunDetail>;
