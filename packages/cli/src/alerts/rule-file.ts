import { readFileSync } from "node:fs";
import { apiRule, isFields, MusterError } from "@muster/core";
import type { CheckRule, RuleNames } from "@muster/core";
import type { RouteInput } from "@muster/protocol";
import { yamlReader } from "../import/parse-yaml.ts";
import { fileFault } from "../services/definition-file.ts";
import type { Shell } from "../shell.ts";

/** A rule as the API takes it; whether it can be used is the hub's to say. */
export type RuleBody = RouteInput<"POST /api/v1/rules">["body"];

const FILE_CHARACTERS_MAX = 1024 * 1024;
const STANDARD_INPUT = "-";

/** What stands in a file of YAML or JSON, or with `-` in standard input. Throws BAD_REQUEST saying what is wrong where. */
export async function readTree(shell: Shell, path: string): Promise<unknown> {
  const text = path === STANDARD_INPUT ? await standardInput(shell) : readText(path);
  const where = path === STANDARD_INPUT ? "standard input" : path;
  if (text.length > FILE_CHARACTERS_MAX)
    throw new MusterError("BAD_REQUEST", { message: `${where} has more than ${FILE_CHARACTERS_MAX} characters.` });
  const parsed = (await yamlReader())(text);
  if (parsed.ok) return parsed.tree;
  const fields = Object.fromEntries(parsed.problems.map((one): [string, string] => [one.where, one.problem]));
  throw new MusterError("BAD_REQUEST", { message: `${where} is not valid.`, fields });
}

/**
 * The rules of a file: one, a list of them, or such a list under `rules`. Throws as `readTree`, and for what cannot be
 * rules; with `check` also for what the hub would refuse.
 */
export async function readRules(
  shell: Shell,
  path: string,
  names: RuleNames,
  check?: CheckRule,
): Promise<readonly RuleBody[]> {
  const tree = await readTree(shell, path);
  const list = rulesIn(tree);
  if (list.length === 0) throw new MusterError("BAD_REQUEST", { message: "The file holds no rules." });
  const fields: Record<string, string> = {};
  const seen = new Set<unknown>();
  const rules = list.flatMap((written, index): readonly RuleBody[] => {
    const read = apiRule(written, names);
    const checked = read.ok && check !== undefined ? check(read.rule) : read;
    const place = list.length === 1 ? "" : `rules.${index}.`;
    if (!checked.ok) for (const [field, why] of Object.entries(checked.problems)) fields[`${place}${field}`] = why;
    if (!read.ok) return [];
    const { name } = read.rule;
    if (name !== undefined && seen.has(name)) fields[`${place}name`] = "stands there before";
    seen.add(name);
    return [read.rule as RuleBody];
  });
  if (Object.keys(fields).length === 0) return rules;
  const message = list.length === 1 ? "The rule is not valid." : "The rules are not valid.";
  throw new MusterError("BAD_REQUEST", { message, fields });
}

/** One rule, a list of them, or such a list under `rules`. */
export function rulesIn(tree: unknown): readonly unknown[] {
  const inner = isFields(tree) && "rules" in tree ? tree["rules"] : tree;
  return Array.isArray(inner) ? inner : [inner];
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new MusterError("BAD_REQUEST", { message: `${path} cannot be read: ${fileFault(error)}.` }, error);
  }
}

async function standardInput({ terminal }: Shell): Promise<string> {
  const lines: string[] = [];
  for (;;) {
    const line = await terminal.readLine("", "echo");
    if (line === undefined) return lines.join("\n");
    lines.push(line);
  }
}
