export * from "./service.ts";
export * from "./ledger.ts";
export * from "./log-line.ts";
export * from "./definition.ts";
export * from "./exit-text.ts";
export * from "./judge-effect.ts";
export * from "./systemd/index.ts";
export * from "./docker/index.ts";
