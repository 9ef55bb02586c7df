export * from "./metric-definition.ts";
export * from "./catalog.ts";
export * from "./label-values.ts";
export * from "./storage-forecast.ts";
