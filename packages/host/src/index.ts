export * from "./host.ts";
export * from "./collector.ts";
