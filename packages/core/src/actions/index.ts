export * from "./catalog.ts";
export * from "./delivery.ts";
