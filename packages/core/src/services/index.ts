export * from "./service.ts";
export * from "./ledger.ts";
export * from "./log-line.ts";
export * from "./log-text.ts";
export * from "./redact.ts";
export * from "./expression.ts";
export * from "./definition.ts";
export * from "./judge-effect.ts";
