export { isExactName } from "./exact-text.ts";
export * from "./policy.ts";
export * from "./parse-policy.ts";
export * from "./decide.ts";
export * from "./granted.ts";
export * from "./load-policy.ts";
export * from "./strict-yaml.ts";
