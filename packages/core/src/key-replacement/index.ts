export { withKeyLine, withoutKeyLine } from "./authorized-keys.ts";
export * from "./replacement-steps.ts";
export * from "./way-order.ts";
