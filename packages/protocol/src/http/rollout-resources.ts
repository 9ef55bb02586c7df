import {
  DRIVER_NAMES,
  NEED_SOURCES,
  FAILURE_POLICIES,
  ROLLOUT_ACTIONS,
  ROLLOUT_DEFAULTS,
  ROLLOUT_ORDERS,
  ROLLOUT_OUTCOMES,
  TARGET_STAGES,
} from "@muster/core";
import type { RolloutAction } from "@muster/core";
import { z } from "zod";
import { actionTargets, health, id, instant, runState } from "./resources.ts";
import { milliseconds, taskName } from "./task-resources.ts";

/** What the API says of rollouts: plans over many targets, and how far they are. */

const DAY_MS = 86_400_000;
const rolloutAction = z.enum(Object.keys(ROLLOUT_ACTIONS) as [RolloutAction, ...RolloutAction[]]);
const actionArgs = z.record(z.string().max(64), z.union([z.string().max(4_096), z.int()]));
const batchSize = z.discriminatedUnion("is", [
  z.strictObject({ is: z.literal("count"), count: z.int().min(1).max(1_000) }),
  z.strictObject({ is: z.literal("percent"), percent: z.int().min(1).max(100) }),
]);
const healthGate = z.strictObject({
  stableMs: milliseconds(0, DAY_MS).describe("a target must be well so long on end"),
  timeoutMs: milliseconds(1_000, DAY_MS).describe("within so long after its action has ended"),
});

export const rolloutWish = z.strictObject({
  name: taskName,
  action: rolloutAction,
  args: actionArgs.default({}),
  targets: actionTargets,
  order: z.enum(ROLLOUT_ORDERS).default(ROLLOUT_DEFAULTS.order),
  batch: batchSize.default({ is: "count", count: 1 }),
  canary: z.int().min(0).max(1_000).default(ROLLOUT_DEFAULTS.canary),
  pauseMs: milliseconds(0, DAY_MS).default(ROLLOUT_DEFAULTS.pauseMs),
  gate: healthGate
    .refine(({ stableMs, timeoutMs }) => stableMs <= timeoutMs, "must not ask for longer than its time-out")
    .default(ROLLOUT_DEFAULTS.gate),
  failuresMax: z.int().min(0).max(1_000).default(ROLLOUT_DEFAULTS.failuresMax),
  onFailure: z.enum(FAILURE_POLICIES).default(ROLLOUT_DEFAULTS.onFailure),
  needsApproval: z.boolean().default(ROLLOUT_DEFAULTS.needsApproval),
  reason: z.string().trim().max(300).default(ROLLOUT_DEFAULTS.reason),
});

const rolloutTarget = z.object({
  id,
  serverId: id,
  server: z.string(),
  service: z.object({ driver: z.enum(DRIVER_NAMES), name: z.string() }).nullable(),
});
export const rolloutPlan = z.object({
  version: z.literal(1),
  name: z.string(),
  action: rolloutAction,
  args: actionArgs,
  batchSize: z.int(),
  waves: z.array(z.object({ isCanary: z.boolean(), targets: z.array(rolloutTarget) })),
  pauseMs: z.int(),
  gate: healthGate,
  failuresMax: z.int(),
  onFailure: z.enum(FAILURE_POLICIES),
  needsApproval: z.boolean(),
  reason: z.string(),
  notes: z.array(z.string()),
});

export const rolloutStage = z.enum(TARGET_STAGES);
export const rollout = z.object({
  id,
  name: z.string(),
  action: rolloutAction,
  state: z.enum(["awaiting-approval", "planned", "running", "paused", "stopping", "rolling-back", "ended"]),
  outcome: z.enum(ROLLOUT_OUTCOMES).nullable(),
  detail: z.string(),
  /** The wave it is in, from 0; null before it is started and after its end. */
  wave: z.int().nullable(),
  waveCount: z.int(),
  targetCount: z.int(),
  /** Targets by how far they are. */
  counts: z.partialRecord(rolloutStage, z.int()),
  /** SHA-256 of the plan's exact text; to approve and to start is to name it. */
  sha256: z.string(),
  /** Who made the plan; it is done with that one's rights. */
  asker: z.string(),
  approvedBy: z.string().nullable(),
  askedAt: instant,
  approvedAt: instant.nullable(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  /** Grows with each change. */
  revision: z.int(),
});
export type RolloutView = z.infer<typeof rollout>;

export const rolloutDetail = z.object({
  rollout,
  plan: rolloutPlan,
  /** In the plan's order. */
  targets: z.array(
    z.object({
      id,
      wave: z.int(),
      stage: rolloutStage,
      detail: z.string(),
      /** The actions that did it and took it back. */
      cmd: id.nullable(),
      undoCmd: id.nullable(),
      goodSince: instant.nullable(),
    }),
  ),
});
export type RolloutDetail = z.infer<typeof rolloutDetail>;

/** Services that need each other or are needed, and by whose word. */
export const serviceGraph = z.object({
  services: z.array(
    z.object({
      id,
      serverId: id,
      server: z.string(),
      driver: z.enum(DRIVER_NAMES),
      name: z.string(),
      state: runState,
      health,
      /** 0: needs nothing of these; each further layer needs one before it. */
      layer: z.int(),
    }),
  ),
  links: z.array(z.object({ from: id, to: id, source: z.enum(NEED_SOURCES) })),
  /** Services that need each other in a circle, by id: nobody is first. */
  circles: z.array(z.array(id)),
});
export type ServiceGraphView = z.infer<typeof serviceGraph>;
