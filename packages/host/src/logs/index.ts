export * from "./catalog.ts";
export type { LogReader } from "./log-source.ts";
export * from "./log-streams.ts";
export type { KeptLines } from "./container/container-log.ts";
export { parseContainerCursor } from "./container/container-cursor.ts";
export type { SupervisedLogs, SupervisedPart } from "./supervised/supervised-log.ts";
export type { PaneCaptures } from "./tmux/pane-log.ts";
