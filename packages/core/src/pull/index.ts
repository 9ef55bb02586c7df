export { PULL_KIND_NAMES } from "./kinds.ts";
export type { PullKindName } from "./kinds.ts";
