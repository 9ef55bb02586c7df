export * from "./task.ts";
export * from "./due-slots.ts";
export * from "./run.ts";
export * from "./standing.ts";
export * from "./zoned-clock.ts";
