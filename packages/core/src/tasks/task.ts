import type { ActionArgs, ActionName } from "../actions/catalog.ts";
import type { TargetChoice } from "../actions/target-choice.ts";
import type { Instant } from "../time.ts";

/** When a task is due. Slots of `every` lie at `from` and each `everyMs` after it. */
export type Schedule =
  /** Five fields, by the clock of the task's zone. */
  | { readonly is: "cron"; readonly expression: string }
  | { readonly is: "every"; readonly everyMs: number; readonly from: Instant }
  | { readonly is: "once"; readonly at: Instant };

/** What a task does each time. */
export type TaskWork =
  | { readonly is: "action"; readonly action: ActionName; readonly args: ActionArgs; readonly targets: TargetChoice }
  /** Each probe looks once. */
  | { readonly is: "probe"; readonly probeIds: readonly string[] }
  /** A notifier of kind webhook or Telegram is given the text: an address may hold a secret, which notifiers keep. */
  | { readonly is: "webhook"; readonly notifierId: string; readonly text: string }
  /** A copy of the hub's own state beside it; the newest so many are kept. */
  | { readonly is: "backup"; readonly keep: number };
export type TaskWorkName = TaskWork["is"];

export const OVERLAP_POLICIES = ["skip", "queue", "replace"] as const;
/** What becomes of a slot while the run before goes on: none, one after it, or one in its place. */
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

export const MISSED_POLICIES = ["skip", "once", "all"] as const;
/** What becomes of slots that nobody was there for: nothing, the newest is run late, or all are. */
export type MissedPolicy = (typeof MISSED_POLICIES)[number];

/** A schedule with something to do, as somebody writes it. */
export interface TaskDefinition {
  readonly name: string;
  readonly description: string;
  readonly isEnabled: boolean;
  /** By the IANA's list. */
  readonly zone: string;
  readonly schedule: Schedule;
  readonly work: TaskWork;
  /** A run that takes longer has failed. */
  readonly timeoutMs: number;
  readonly overlap: OverlapPolicy;
  readonly missed: MissedPolicy;
  /** What is older is not run late any more. */
  readonly missedWithinMs: number;
  /** How often a run that failed is tried again, and how long after the first time; each pause is twice the one before. */
  readonly retries: { readonly most: number; readonly delayMs: number };
  /** A run begins up to so long after its slot, each slot at a place of its own. */
  readonly jitterMs: number;
  /** What rules of tasks are told of it: that it failed, and that it began later than this (null: never). */
  readonly tell: { readonly failure: boolean; readonly lateAfterMs: number | null };
}

/** What a definition says where nothing else is written. */
export const TASK_DEFAULTS = {
  description: "",
  isEnabled: true,
  zone: "UTC",
  timeoutMs: 10 * 60_000,
  overlap: "skip",
  missed: "skip",
  missedWithinMs: 60 * 60_000,
  retries: { most: 0, delayMs: 30_000 },
  jitterMs: 0,
  tell: { failure: true, lateAfterMs: null },
} as const satisfies Partial<TaskDefinition>;

/** What may be wrong with a task: its last run `failed`, or began `late`; it is `suspended`, because its owner may not do it any more. */
export const TASK_TROUBLES = ["failed", "late", "suspended"] as const;
export type TaskTrouble = (typeof TASK_TROUBLES)[number];
