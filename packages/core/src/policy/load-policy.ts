import { parsePolicy } from "./parse-policy.ts";
import { MONITOR_ONLY } from "./policy.ts";
import type { LoadedPolicy } from "./policy.ts";
import type { StrictYaml } from "./strict-yaml.ts";

/** A larger file is not in force; whoever reads one need not read further than one byte more. */
export const POLICY_BYTES_MAX = 256 * 1024;

export interface LoadPolicyDeps {
  readonly parseYaml: (text: string) => Promise<StrictYaml>;
  /** Of the UTF-8 of the text. */
  readonly sha256Hex: (text: string) => string;
}

/** Monitor-only, because the file is not safe or not understood. */
export const brokenPolicy = (why: string): LoadedPolicy => ({ source: "broken", policy: MONITOR_ONLY, why });

/**
 * The policy that a file's text says; undefined: there is no file. Anything not understood refuses the whole file (rules
 * PO1 to PO6). Who may have written the file is the reader's affair.
 */
export async function loadPolicy(
  text: string | undefined,
  { parseYaml, sha256Hex }: LoadPolicyDeps,
): Promise<LoadedPolicy> {
  if (text === undefined) return { source: "missing", policy: MONITOR_ONLY };
  if (text.length > POLICY_BYTES_MAX) return brokenPolicy(`the file is larger than ${POLICY_BYTES_MAX} bytes`);
  if (text.trim() === "") return brokenPolicy("the file is empty");
  // A replacement character means bytes that are no UTF-8, or somebody who hides something.
  if (text.includes("\uFFFD") || text.includes("\0")) return brokenPolicy("the file is not plain UTF-8 text");
  const yaml = await parseYaml(text);
  if (!yaml.ok) return brokenPolicy(summary(yaml.problems));
  const parsed = parsePolicy(yaml.tree);
  if (!parsed.ok) return brokenPolicy(summary(parsed.problems));
  return { source: "file", policy: parsed.policy, sha256: sha256Hex(text) };
}

const PROBLEMS_TOLD_MAX = 5;
const summary = (problems: readonly string[]): string => {
  const more = problems.length - PROBLEMS_TOLD_MAX;
  return problems.slice(0, PROBLEMS_TOLD_MAX).join("; ") + (more > 0 ? `; and ${more} more` : "");
};
