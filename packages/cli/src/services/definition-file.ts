import { readFileSync } from "node:fs";
import { MusterError } from "@muster/core";

/** A definition as it stands in a file: what it leaves out has its default, which the server knows. */
export interface WrittenDefinition {
  readonly driver: "process" | "tmux";
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const FILE_BYTES_MAX = 256 * 1024;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}$/;

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
    const why = error instanceof YAMLParseError ? error.message.split("\n")[0] : (error as Error).message;
    throw new MusterError("BAD_REQUEST", { message: `${path} cannot be used: ${why}.` }, error);
  }
  const list: readonly unknown[] = Array.isArray(tree) ? tree : [tree];
  if (list.length === 0) throw new MusterError("BAD_REQUEST", { message: `${path} defines nothing.` });
  const definitions = list.map((item, index) => definitionOf(item, Array.isArray(tree) ? `[${index}]` : ""));
  const names = definitions.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new MusterError("BAD_REQUEST", { message: `${path} defines ${twice} twice.` });
  return definitions;
}

function definitionOf(item: unknown, place: string): WrittenDefinition {
  const wrong = (field: string, why: string): MusterError =>
    new MusterError("BAD_REQUEST", { message: "The definition is not valid.", fields: { [`${place}${field}`]: why } });
  if (typeof item !== "object" || item === null || Array.isArray(item)) throw wrong("", "must be a map");
  const fields = item as Readonly<Record<string, unknown>>;
  const { driver = "process", name } = fields;
  if (driver !== "process" && driver !== "tmux") throw wrong(".driver", "must be process or tmux");
  if (typeof name !== "string" || !NAME.test(name)) throw wrong(".name", "must be 1 to 64 of A-Z, a-z, 0-9, _ @ . -");
  return { driver, name, fields: { ...fields, driver, name } };
}
