export * from "./host.ts";
export * from "./collector.ts";
export * from "./catalog.ts";
export * from "./vantage.ts";
