export * from "./info.ts";
export * from "./judge-redis.ts";
export * from "./key-prefixes.ts";
export * from "./key-pattern.ts";
export * from "./refusal.ts";
export * from "./slow-log.ts";
