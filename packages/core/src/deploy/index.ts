export * from "./steps.ts";
export * from "./deploy-facts.ts";
export * from "./plan-deployment.ts";
export * from "./progress.ts";
