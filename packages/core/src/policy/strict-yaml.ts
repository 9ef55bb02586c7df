import type { Tree } from "./parse-policy.ts";

export type StrictYaml =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly problems: readonly string[] };

interface YamlNode {
  readonly anchor?: string | undefined;
  readonly tag?: string | undefined;
}

/** What is used of the package `yaml`, which core cannot import. */
export interface YamlPackage {
  parseAllDocuments(
    text: string,
    options: {
      readonly schema: "failsafe";
      readonly uniqueKeys: boolean;
      readonly strict: true;
      readonly merge: boolean;
      readonly version: "1.2";
      readonly logLevel: "silent";
    },
  ): readonly {
    readonly errors: readonly { readonly message: string }[];
    readonly warnings: readonly { readonly message: string }[];
    readonly contents: unknown;
  }[];
  isAlias(node: unknown): boolean;
  isScalar(node: unknown): node is YamlNode & { readonly value: unknown };
  isSeq(node: unknown): node is YamlNode & { readonly items: readonly unknown[] };
  isMap(
    node: unknown,
  ): node is YamlNode & { readonly items: readonly { readonly key: unknown; readonly value: unknown }[] };
}

const DEPTH_MAX = 8;

/**
 * YAML as a policy may use it: maps, lists and plain text. Anchors, aliases, tags, merge keys, duplicate keys and
 * several documents are refused; numbers stay the text they are written as.
 */
export function readStrictYaml(
  text: string,
  { isAlias, isMap, isScalar, isSeq, parseAllDocuments }: YamlPackage,
): StrictYaml {
  const problems: string[] = [];
  const documents = parseAllDocuments(text, {
    schema: "failsafe",
    uniqueKeys: true,
    strict: true,
    merge: false,
    version: "1.2",
    logLevel: "silent",
  });
  if (!Array.isArray(documents) || documents.length !== 1)
    return { ok: false, problems: [documents.length === 0 ? "the file is empty" : "there is more than one document"] };
  const document = documents[0]!;
  for (const problem of [...document.errors, ...document.warnings]) {
    problems.push(problem.message.split("\n")[0] ?? "not YAML");
  }
  if (text.includes("%YAML") || text.includes("%TAG")) problems.push("directives are not allowed");

  const read = (node: unknown, path: string, depth: number): Tree => {
    if (depth > DEPTH_MAX) return (problems.push(`${path}: nested too deep`), null);
    if (node === null || node === undefined) return null;
    if (isAlias(node)) return (problems.push(`${path}: aliases are not allowed`), null);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return (problems.push(`${path}: not understood`), null);
    if (node.anchor !== undefined) problems.push(`${path}: anchors are not allowed`);
    if (node.tag !== undefined) problems.push(`${path}: tags are not allowed`);
    if (isScalar(node)) {
      if (typeof node.value === "string") return node.value;
      return (problems.push(`${path}: must be text`), null);
    }
    if (!isMap(node)) return node.items.map((item, index) => read(item, `${path}[${index}]`, depth + 1));
    const fields: Record<string, Tree> = Object.create(null) as Record<string, Tree>;
    for (const { key, value } of node.items) {
      const name = read(key, `${path} key`, depth + 1);
      if (typeof name !== "string") problems.push(`${path}: a key must be text`);
      else if (name === "<<" || name === "__proto__") problems.push(`${path}.${name}: is not allowed`);
      else fields[name] = read(value, path === "" ? name : `${path}.${name}`, depth + 1);
    }
    return fields;
  };
  const tree = read(document.contents, "", 0);
  return problems.length === 0 ? { ok: true, tree } : { ok: false, problems };
}
