export { isSupervisedName, parseDefinition } from "./parse-definition.ts";
export type { DefinitionOrigin, ParsedDefinition } from "./parse-definition.ts";
export { NO_DEFINITIONS, parseDefinitionsFile } from "./parse-definitions-file.ts";
export type {
  DefinitionsFile,
  MatchDefinition,
  ParsedDefinitionsFile,
  ServiceChecks,
} from "./parse-definitions-file.ts";
export { isFields } from "./tree-reader.ts";
export { isUrl } from "./parse-check.ts";
export { definitionsProblems, startOrder } from "./definitions-problems.ts";
