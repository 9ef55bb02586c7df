import { readStrictYaml } from "@muster/core";
import type { StrictYaml } from "@muster/core";

/** The YAML of a policy or a definitions file. Its reader is loaded at the first use, since most servers have neither. */
export async function parseStrictYaml(text: string): Promise<StrictYaml> {
  // Named one by one, so that the rest of the package stays out of the agent's bundle.
  const { isAlias, isMap, isScalar, isSeq, parseAllDocuments } = await import("yaml");
  return readStrictYaml(text, { isAlias, isMap, isScalar, isSeq, parseAllDocuments });
}
