import type { HealthCheck, RestartPolicy, ServiceDefinition } from "../definition.ts";
import { DRIVER_NAMES } from "../service.ts";
import type { ServiceKey } from "../service.ts";
import { definitionsProblems } from "./definitions-problems.ts";
import { parseChecks } from "./parse-check.ts";
import { readDefinition } from "./parse-definition.ts";
import { parseRestart } from "./parse-restart.ts";
import { TreeReader, isArgument } from "./tree-reader.ts";

/** Processes that are shown as a service because their command line holds all these words. */
export interface MatchDefinition {
  readonly name: string;
  readonly keywords: readonly string[];
}

/** Checks of a service that another driver runs; with `restart`, what is done when it became unhealthy. */
export interface ServiceChecks extends ServiceKey {
  readonly checks: readonly HealthCheck[];
  readonly restart: RestartPolicy | null;
}

/** The server's own file: what Muster runs there, what it only looks for, and what it checks. */
export interface DefinitionsFile {
  readonly services: readonly {
    readonly definition: ServiceDefinition;
    readonly secrets: Readonly<Record<string, string>>;
  }[];
  readonly match: readonly MatchDefinition[];
  readonly checks: readonly ServiceChecks[];
}

export type ParsedDefinitionsFile =
  | { readonly ok: true; readonly file: DefinitionsFile }
  | { readonly ok: false; readonly problems: readonly string[] };

export const NO_DEFINITIONS: DefinitionsFile = { services: [], match: [], checks: [] };

const SERVICES_MAX = 500;
const NAME = /^[A-Za-z0-9_@:.\\-]{1,255}$/;

/** Checks the whole file; one problem refuses all of it, so that half of it is never in force. */
export function parseDefinitionsFile(tree: unknown): ParsedDefinitionsFile {
  const problems: string[] = [];
  const reader = new TreeReader(tree, "", problems);
  if (reader.raw("version") !== "1" && reader.raw("version") !== 1) reader.fail("version", "must be 1");
  const file: DefinitionsFile = {
    services: reader.maps("services", SERVICES_MAX).map((each) => readDefinition(each, "file")),
    match: reader.maps("match", SERVICES_MAX).map(readMatch),
    checks: reader.maps("checks", SERVICES_MAX).map(readServiceChecks),
  };
  reader.end();
  for (const list of [file.match.map(({ name }) => name), file.checks.map(({ driver, name }) => `${driver}/${name}`)])
    for (const [index, name] of list.entries())
      if (list.indexOf(name) !== index) problems.push(`${name}: stands there twice`);
  if (problems.length === 0) problems.push(...definitionsProblems(file.services.map(({ definition }) => definition)));
  return problems.length === 0 ? { ok: true, file } : { ok: false, problems };
}

function readMatch(reader: TreeReader): MatchDefinition {
  const isWord = (text: string): boolean => text !== "" && isArgument(text, 256);
  const match = {
    name: reader.text("name", (text) => /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/.test(text), "a short name"),
    keywords: reader.texts("keywords", isWord, "a piece of a command line, at most 256 characters", 16),
  };
  if (match.keywords.length === 0) reader.fail("keywords", "needs at least one, or every process would be it");
  reader.end();
  return match;
}

function readServiceChecks(reader: TreeReader): ServiceChecks {
  const checks: ServiceChecks = {
    driver: reader.choice("driver", DRIVER_NAMES),
    name: reader.text("name", (text) => NAME.test(text), "the exact name of a service"),
    checks: parseChecks(reader),
    restart: reader.has("restart") ? parseRestart(reader) : null,
  };
  if (checks.driver === "process" || checks.driver === "tmux")
    reader.fail("driver", "has its checks in its definition, under services");
  if (checks.checks.length === 0) reader.fail("checks", "needs at least one");
  reader.end();
  return checks;
}
