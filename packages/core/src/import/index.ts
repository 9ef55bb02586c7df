export { detectFormat, detectRows, IMPORT_FORMATS } from "./detect-format.ts";
export type { DetectedFormat, ImportFormat } from "./detect-format.ts";
export { IMPORT_LIMITS } from "./plan.ts";
export type {
  ImportChoices,
  ImportPlan,
  PlannedDefinition,
  PlannedLink,
  PlannedServer,
  PlannedSettings,
} from "./plan.ts";
export { planImport, planRows } from "./plan-import.ts";
export type { ParseYaml } from "./plan-import.ts";
