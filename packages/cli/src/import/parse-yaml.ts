import type { ParseYaml } from "@muster/core";

const DEPTH_MAX = 64;
const PROBLEMS_MAX = 20;

/**
 * A reader of YAML for foreign files: one document, no aliases (a few lines of them could become gigabytes), and keys of
 * a map once. Values with a tag of their own, such as Ansible's vault, are the text that stands there.
 */
export async function yamlReader(): Promise<ParseYaml> {
  const { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } = await import("yaml");
  return (text) => {
    const lines = new LineCounter();
    const problems: { readonly where: string; readonly problem: string }[] = [];
    const tell = (offset: number, problem: string): null => {
      if (problems.length < PROBLEMS_MAX) problems.push({ where: `line ${lines.linePos(offset).line}`, problem });
      return null;
    };
    const documents = parseAllDocuments(text, {
      schema: "core",
      merge: false,
      // Its own check takes the square of the number of keys.
      uniqueKeys: false,
      logLevel: "silent",
      prettyErrors: false,
      lineCounter: lines,
    });
    const [document, second] = Array.isArray(documents) ? documents : [];
    if (document === undefined) return { ok: false, problems: [{ where: "file", problem: "is empty" }] };
    if (second !== undefined) tell(second.range[0], "begins a second document; only one is read");
    // The words quote no text of the file; prettier ones would.
    for (const { pos, code } of document.errors)
      tell(pos[0], `is not YAML: ${code.toLowerCase().replaceAll("_", " ")}`);
    const read = (node: unknown, depth: number): unknown => {
      if (isAlias(node)) return tell(node.range?.[0] ?? 0, "refers to another place (*); write out what stands there");
      if (isScalar(node)) return typeof node.value === "bigint" ? String(node.value) : node.value;
      if (!isMap(node) && !isSeq(node)) return null;
      const offset = node.range?.[0] ?? 0;
      if (depth > DEPTH_MAX) return tell(offset, "is nested too deep");
      if (isSeq(node)) return node.items.map((item) => read(item, depth + 1));
      // Without a prototype, so that no key means anything to us.
      const fields = Object.create(null) as Record<string, unknown>;
      for (const { key, value } of node.items) {
        const name: unknown = isScalar(key) ? (key.source ?? key.value) : undefined;
        if (typeof name !== "string") tell(offset, "has a key that is no text");
        else if (Object.hasOwn(fields, name))
          tell((isScalar(key) && key.range?.[0]) || offset, "names a key that stands there before");
        else fields[name] = read(value, depth + 1);
      }
      return fields;
    };
    const tree = problems.length === 0 ? read(document.contents, 0) : null;
    return problems.length === 0 ? { ok: true, tree } : { ok: false, problems };
  };
}
