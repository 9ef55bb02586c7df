export * from "./action-journal.ts";
export * from "./action-runner.ts";
export type { Definitions, ExecutionDeps, Seen, StartedAction } from "./executor.ts";
