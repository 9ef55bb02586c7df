export * from "./service.ts";
export * from "./ledger.ts";
export * from "./log-line.ts";
export * from "./definition.ts";
export * from "./judge-effect.ts";
export * from "./supervisor/index.ts";
export * from "./definitions/index.ts";
