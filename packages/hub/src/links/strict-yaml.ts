import { readStrictYaml } from "@muster/core";
import type { StrictYaml } from "@muster/core";

/** YAML as a policy may use it. Loaded with the first server whose policy the hub applies. */
export async function parseStrictYaml(text: string): Promise<StrictYaml> {
  return readStrictYaml(text, await import("yaml"));
}
