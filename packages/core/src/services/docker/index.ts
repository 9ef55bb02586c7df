export * from "./api-version.ts";
export * from "./container.ts";
export * from "./container-name.ts";
export * from "./events.ts";
export * from "./json.ts";
export * from "./stats.ts";
