export * from "./time.ts";
export * from "./log.ts";
export * from "./samples.ts";
