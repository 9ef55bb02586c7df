import { MONITOR_ONLY, parsePolicy } from "@muster/core";
import type { LoadedPolicy } from "@muster/core";
import { sha256Hex } from "@muster/node-kit";
import { readOwnedFile } from "./owned-file.ts";
import { parseStrictYaml } from "./strict-yaml.ts";

export const POLICY_BYTES_MAX = 256 * 1024;

export interface PolicySource {
  readonly path: string;
  /** Who must own the file and its directory: root, or the tester in a test. */
  readonly ownerUid?: number;
}

/**
 * The policy in force: the file, or monitor-only and why. Read anew at every command; nothing of it is kept. Anything
 * unsafe or not understood refuses the whole file (rules PO1 to PO6).
 */
export async function readPolicy({ path, ownerUid = 0 }: PolicySource): Promise<LoadedPolicy> {
  const broken = (why: string): LoadedPolicy => ({ source: "broken", policy: MONITOR_ONLY, why });
  let bytes: Buffer | undefined;
  try {
    bytes = readOwnedFile(path, ownerUid, POLICY_BYTES_MAX)?.bytes;
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error));
  }
  if (bytes === undefined) return { source: "missing", policy: MONITOR_ONLY };
  const text = bytes.toString("utf8");
  if (text.trim() === "") return broken("the file is empty");
  // A replacement character means bytes that are no UTF-8, or somebody who hides something.
  if (text.includes("\uFFFD") || text.includes("\0")) return broken("the file is not plain UTF-8 text");
  const yaml = await parseStrictYaml(text);
  if (!yaml.ok) return broken(summary(yaml.problems));
  const parsed = parsePolicy(yaml.tree);
  if (!parsed.ok) return broken(summary(parsed.problems));
  return { source: "file", policy: parsed.policy, sha256: sha256Hex(bytes) };
}

const PROBLEMS_TOLD_MAX = 5;
const summary = (problems: readonly string[]): string => {
  const more = problems.length - PROBLEMS_TOLD_MAX;
  return problems.slice(0, PROBLEMS_TOLD_MAX).join("; ") + (more > 0 ? `; and ${more} more` : "");
};
