export * from "./metric-definition.ts";
export * from "./catalog.ts";
