export { run } from "./run.ts";
export type { Shell } from "./shell.ts";
export type { Terminal } from "./terminal/terminal.ts";
export type { Entries } from "./entries.ts";
