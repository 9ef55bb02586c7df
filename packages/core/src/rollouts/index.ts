export * from "./rollout.ts";
export * from "./plan-rollout.ts";
export * from "./step-rollout.ts";
export * from "./health-gate.ts";
