export * from "./list-units-output.ts";
export * from "./show-output.ts";
export * from "./times.ts";
export * from "./unit.ts";
export * from "./unit-name.ts";
export * from "./unit-status.ts";
