import { readFileSync } from "node:fs";
import { isFields, MusterError } from "@muster/core";
import { fileFault } from "../services/definition-file.ts";
import type { Shell } from "../shell.ts";
import { yamlReader } from "./parse-yaml.ts";

/** One thing as it stands in a file, read as the API takes it; what is wrong with it, by the names that were used. */
export interface ReadThing<T> {
  /** Undefined where it could not be read. */
  readonly thing: T | undefined;
  readonly problems: Readonly<Record<string, string>>;
}

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

/** One thing, a list of them, or such a list under their name, `rules: […]`. */
export function listUnder(name: string, tree: unknown): readonly unknown[] {
  const inner = isFields(tree) && name in tree ? tree[name] : tree;
  return Array.isArray(inner) ? inner : [inner];
}

/**
 * The things of a file: one, a list of them, or such a list under their name; `what` is one of them, such as `rule`. Throws
 * as `readTree`, and BAD_REQUEST with all that is wrong in any of them, each at its place.
 */
export async function readWritten<T extends { readonly name?: unknown }>(
  shell: Shell,
  path: string,
  what: string,
  read: (written: unknown) => ReadThing<T> | Promise<ReadThing<T>>,
): Promise<readonly T[]> {
  const list = listUnder(`${what}s`, await readTree(shell, path));
  if (list.length === 0) throw new MusterError("BAD_REQUEST", { message: `The file holds no ${what}s.` });
  const fields: Record<string, string> = {};
  const names = new Set<unknown>();
  const things: T[] = [];
  for (const [index, written] of list.entries()) {
    const place = list.length === 1 ? "" : `${what}s.${index}.`;
    const { thing, problems } = await read(written);
    for (const [field, why] of Object.entries(problems)) fields[`${place}${field}`] = why;
    if (thing === undefined) continue;
    if (thing.name !== undefined && names.has(thing.name)) fields[`${place}name`] = "stands there before";
    names.add(thing.name);
    things.push(thing);
  }
  if (Object.keys(fields).length === 0) return things;
  const message = list.length === 1 ? `The ${what} is not valid.` : `The ${what}s are not valid.`;
  throw new MusterError("BAD_REQUEST", { message, fields });
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
