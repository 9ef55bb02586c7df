export * from "./authorize.ts";
