export * from "./system-clock.ts";
export * from "./wait.ts";
export * from "./logger.ts";
export * from "./lifecycle.ts";
export * from "./keys.ts";
export * from "./sealed.ts";
export * from "./files.ts";
export * from "./ids.ts";
