export * from "./metric-definition.ts";
export * from "./catalog.ts";
export * from "./storage-forecast.ts";
