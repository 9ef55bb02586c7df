export * from "./unit.ts";
export { endingText, isSuccess, pauseMs } from "./restart.ts";
export { reactTo } from "./table.ts";
export type { Reaction } from "./table.ts";
