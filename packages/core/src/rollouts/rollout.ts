import type { ActionArgs } from "../actions/catalog.ts";
import type { TargetChoice } from "../actions/target-choice.ts";
import type { Health, ServiceKey } from "../services/service.ts";

import type { Instant } from "../time.ts";

/** What can be rolled out, and what takes it back. */
export const ROLLOUT_ACTIONS = {
  "service.start": { undo: "service.stop", why: "" },
  "service.stop": { undo: "service.start", why: "" },
  "service.restart": { undo: null, why: "a restart cannot be taken back" },
  "service.reload": { undo: null, why: "what was read anew stays read" },
  "server.reboot": { undo: null, why: "a reboot cannot be taken back" },
  "exec.run": { undo: null, why: "nobody knows what would take a program's work back" },
} as const;
export type RolloutAction = keyof typeof ROLLOUT_ACTIONS;
export const isRolloutAction = (text: string): text is RolloutAction => Object.hasOwn(ROLLOUT_ACTIONS, text);

export const ROLLOUT_ORDERS = ["name", "graph"] as const;
export type RolloutOrdering = (typeof ROLLOUT_ORDERS)[number];

export const FAILURE_POLICIES = ["stop", "roll-back", "go-on"] as const;
/** What is done when more targets have failed than may: begin nothing more, take back what was done, or go on regardless. */
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

/** When a target counts as well again: seen well for `stableMs` on end, within `timeoutMs` after its action has ended. */
export interface HealthGate {
  readonly stableMs: number;
  readonly timeoutMs: number;
}

export type BatchSize =
  | { readonly is: "count"; readonly count: number }
  /** Of all targets, rounded down, at least one. */
  | { readonly is: "percent"; readonly percent: number };

/** A change over many targets as somebody asks for it. */
export interface RolloutWish {
  readonly name: string;
  readonly action: RolloutAction;
  readonly args: ActionArgs;
  readonly targets: TargetChoice;
  readonly order: RolloutOrdering;
  readonly batch: BatchSize;
  /** So many go first, alone; 0: none. If one of them fails, nothing more begins. */
  readonly canary: number;
  readonly pauseMs: number;
  readonly gate: HealthGate;
  /** So many targets may fail. */
  readonly failuresMax: number;
  readonly onFailure: FailurePolicy;
  /** Whether somebody else must approve the plan before it starts. */
  readonly needsApproval: boolean;
  /** Why, for the audit log. */
  readonly reason: string;
}

export const ROLLOUT_DEFAULTS = {
  order: "name",
  canary: 0,
  pauseMs: 0,
  gate: { stableMs: 10_000, timeoutMs: 300_000 },
  failuresMax: 0,
  onFailure: "stop",
  needsApproval: false,
  reason: "",
} as const satisfies Partial<RolloutWish>;

/** One service, or one server where an action is for servers. */
export interface RolloutTarget {
  /** Of the service, or else of the server. */
  readonly id: string;
  readonly serverId: string;
  readonly server: string;
  readonly service: ServiceKey | null;
}

export interface RolloutWave {
  readonly isCanary: boolean;
  readonly targets: readonly RolloutTarget[];
}

/** Everything that will be done, by name; what people read, approve and start is exactly this. */
export interface RolloutPlan extends Omit<RolloutWish, "targets" | "order" | "canary" | "batch"> {
  readonly version: 1;
  /** Never more at once. */
  readonly batchSize: number;
  readonly waves: readonly RolloutWave[];
  /** What a reader should know: circles of the graph, what cannot be taken back. */
  readonly notes: readonly string[];
}

export const ROLLOUT_OUTCOMES = ["succeeded", "partial", "failed", "rolled-back", "aborted", "refused"] as const;
/** `partial`: through to the end, with failures that were allowed; `refused`: who asked may not do it any more. */
export type RolloutOutcome = (typeof ROLLOUT_OUTCOMES)[number];

export const TARGET_STAGES = ["waiting", "asked", "acted", "good", "failed", "undoing", "undone", "left"] as const;
/**
 * `asked`: its action is on its way; `acted`: that succeeded, and whether it is well again is being watched; `left`: it
 * could not be taken back.
 */
export type TargetStage = (typeof TARGET_STAGES)[number];

/** How a target was when its wave began. Null where nobody knew. */
export interface TargetBefore {
  readonly isRunning: boolean | null;
  readonly health: Health;
  /** Names the run of the service or the boot of the server. */
  readonly run: string | null;
}

export interface TargetProgress {
  readonly id: string;
  readonly wave: number;
  readonly stage: TargetStage;
  readonly detail: string;
  readonly before: TargetBefore | null;
  /** Of its action; undoing has one of its own. */
  readonly cmd: string | null;
  readonly undoCmd: string | null;
  /** When its action had succeeded. */
  readonly actedAt: Instant | null;
  /** Since when it is seen well without a break, and in which run. */
  readonly goodSince: Instant | null;
  readonly goodRun: string | null;
}

/** How far one wave is. `asking` is durable before anything is asked for: afterwards it may have been. */
export type WaveStep =
  | { readonly is: "due"; readonly notBefore: Instant }
  | { readonly is: "asking" }
  | { readonly is: "acting" };

export type RolloutState =
  | { readonly is: "awaiting-approval" }
  | { readonly is: "planned" }
  | { readonly is: "running"; readonly wave: number; readonly step: WaveStep }
  /** What has begun comes to its end; nothing new begins. */
  | { readonly is: "paused"; readonly wave: number; readonly step: WaveStep }
  /** Somebody wants it to end: outcomes of what was asked for are awaited, then it ends or is taken back. */
  | {
      readonly is: "stopping";
      readonly wave: number;
      readonly step: WaveStep;
      readonly isTakenBack: boolean;
      readonly why: string;
    }
  /** Wave by wave, the last one first. */
  | { readonly is: "rolling-back"; readonly wave: number; readonly step: "asking" | "acting"; readonly why: string }
  | { readonly is: "ended"; readonly outcome: RolloutOutcome; readonly detail: string };

/** A rollout on its way: what changes of it. */
export interface RolloutRun {
  readonly state: RolloutState;
  readonly targets: readonly TargetProgress[];
}
