export * from "./catalog.ts";
export * from "./delivery.ts";
export * from "./target-choice.ts";
