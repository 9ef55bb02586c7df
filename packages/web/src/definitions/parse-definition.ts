import { parseDefinition as parseInCore } from "@muster/core";
import type { Tree } from "./tree.ts";
import { isTree } from "./tree.ts";

export interface DefinitionProblem {
  /** Where it is, such as `restart.when` or `command`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export type ParsedDefinition =
  | { readonly ok: true; readonly definition: Tree }
  | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

/** The same grammar as the server's. It looks at everything again, and decides. */
export function parseDefinition(tree: unknown): ParsedDefinition {
  const parsed = parseInCore(tree, "hub");
  if (parsed.ok && isTree(tree)) return { ok: true, definition: tree };
  const problems = parsed.ok ? [": must be an object"] : parsed.problems;
  return { ok: false, problems: problems.map(partsOf) };
}

/** Fields with fields of their own; lists and maps of free names are shown in one place of the form. */
const FIELD = /^(?:(?:ready|stop|restart|logs|limits)\.)?[A-Za-z]+/;

/** Core tells `path: message`, down to the item of a list; the form has a place for the list. */
function partsOf(problem: string): DefinitionProblem {
  const end = problem.indexOf(": ");
  if (end < 0) return { path: "", message: problem };
  const [whole, message] = [problem.slice(0, end), problem.slice(end + 2)];
  const path = FIELD.exec(whole)?.[0] ?? "";
  // People count from one.
  const inside = whole
    .slice(path.length)
    .replace(/^\./, "")
    .replace(/^\[(\d+)\]/, (_found, index: string) => `entry ${Number(index) + 1}`);
  return { path, message: inside === "" ? message : `${inside}: ${message}` };
}

/** All that is wrong in one place, for the input that stands there. */
export function problemsByPath(problems: readonly DefinitionProblem[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { path, message } of problems) found.set(path, [found.get(path), message].filter(Boolean).join("; "));
  return found;
}
