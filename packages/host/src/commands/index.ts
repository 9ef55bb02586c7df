export * from "./action-journal.ts";
export * from "./action-runner.ts";
export * from "./probe-programs.ts";
export type { Definitions, ExecutionDeps, Seen, StartedAction } from "./executor.ts";
