export * from "./service.ts";
export * from "./ledger.ts";
export * from "./log-line.ts";
export * from "./definition.ts";
export * from "./judge-effect.ts";
export * from "./unit-name.ts";
export * from "./health-tally.ts";
export * from "./custom-metrics.ts";
