import type { Instant } from "../time.ts";

/** What a task is about to do: nothing because it may not, because it is off, or because no slot comes any more. */
export const TASK_STANDINGS = ["suspended", "running", "planned", "over", "off"] as const;
export type TaskStanding = (typeof TASK_STANDINGS)[number];

/** What is told of a task from which it follows how it stands. */
interface TaskState {
  readonly isEnabled: boolean;
  readonly suspended: string | null;
  readonly nextAt: Instant | null;
  readonly runningCount: number;
}

export function taskStanding({ isEnabled, suspended, nextAt, runningCount }: TaskState): TaskStanding {
  if (runningCount > 0) return "running";
  if (!isEnabled) return "off";
  if (suspended !== null) return "suspended";
  return nextAt === null ? "over" : "planned";
}

/** When a task runs next: the next slot, which one that is off or suspended lets pass. */
export const nextRunAt = ({ isEnabled, suspended, nextAt }: Omit<TaskState, "runningCount">): Instant | null =>
  isEnabled && suspended === null ? nextAt : null;
