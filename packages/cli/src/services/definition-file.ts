import { readFileSync } from "node:fs";
import { isFields, MusterError, parseDefinition } from "@muster/core";
import type { ServiceDefinition } from "@muster/core";

/** A definition as it stands in a file. */
export interface WrittenDefinition {
  /** Whole: what was left out has its default. */
  readonly definition: ServiceDefinition;
  /** As it was written, for the server to read. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "it may not be read",
};
/** Why a file that was named cannot be read, in words. */
export const fileFault = (error: unknown): string =>
  FILE_FAULTS[String((error as NodeJS.ErrnoException).code)] ?? (error as Error).message;

const FILE_BYTES_MAX = 256 * 1024;

/** The definitions of a file of YAML or JSON: one, or a list of them. Throws BAD_REQUEST saying what is wrong where. */
export async function readDefinitions(path: string): Promise<readonly WrittenDefinition[]> {
  const { parse, YAMLParseError } = await import("yaml");
  let tree: unknown;
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > FILE_BYTES_MAX) throw new Error(`it is larger than ${FILE_BYTES_MAX} bytes`);
    // No aliases: a few lines of them could become gigabytes.
    tree = parse(text, { maxAliasCount: 0, schema: "core" });
  } catch (error) {
    const why = error instanceof YAMLParseError ? error.message.split("\n")[0]!.replace(/:$/, "") : fileFault(error);
    throw new MusterError("BAD_REQUEST", { message: `${path} cannot be used: ${why}.` }, error);
  }
  const list: readonly unknown[] = Array.isArray(tree) ? tree : [tree];
  if (list.length === 0) throw new MusterError("BAD_REQUEST", { message: `${path} defines nothing.` });
  const definitions = list.map((item, index) => definitionOf(item, Array.isArray(tree) ? `[${index}]` : ""));
  const names = definitions.map(({ definition }) => definition.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new MusterError("BAD_REQUEST", { message: `${path} defines ${twice} twice.` });
  return definitions;
}

function definitionOf(item: unknown, place: string): WrittenDefinition {
  const parsed = parseDefinition(item, "hub");
  if (parsed.ok && isFields(item)) return { definition: parsed.definition, fields: item };
  const problems = parsed.ok ? [] : parsed.problems;
  const fields = Object.fromEntries(
    problems.map((problem): [string, string] => {
      const end = problem.indexOf(": ");
      const path = [place, problem.slice(0, end)].filter((part) => part !== "").join(".");
      return [path === "" ? "definition" : path, problem.slice(end + 2)];
    }),
  );
  throw new MusterError("BAD_REQUEST", { message: "The definition is not valid.", fields });
}
