import { fieldsIn, numberIn } from "./json.ts";

/** What one container uses; null where its control groups do not count it. */
export interface ContainerUse {
  /** CPU time since it was started. */
  readonly cpuSeconds: number | null;
  /** Without the page cache that can be dropped at once. */
  readonly memoryBytes: number | null;
  readonly tasks: number | null;
}

export const NO_USE: ContainerUse = { cpuSeconds: null, memoryBytes: null, tasks: null };

/** The answer to `/containers/ID/stats?stream=false&one-shot=true`. */
export function parseContainerStats(answer: unknown): ContainerUse {
  const fields = fieldsIn(answer);
  const nanoseconds = numberIn(fieldsIn(fieldsIn(fields["cpu_stats"])["cpu_usage"])["total_usage"]);
  const memory = fieldsIn(fields["memory_stats"]);
  const parts = fieldsIn(memory["stats"]);
  const usage = numberIn(memory["usage"]);
  // Version 2 of control groups names it inactive_file; version 1 has the whole cache beside it.
  const cache = numberIn(parts["cache"]) ?? numberIn(parts["inactive_file"]) ?? 0;
  return {
    cpuSeconds: nanoseconds === null ? null : nanoseconds / 1e9,
    memoryBytes: usage === null ? null : Math.max(usage - cache, 0),
    tasks: numberIn(fieldsIn(fields["pids_stats"])["current"]),
  };
}
