import { brokenPolicy, loadPolicy, POLICY_BYTES_MAX } from "@muster/core";
import type { LoadedPolicy } from "@muster/core";
import { sha256Hex } from "@muster/node-kit";
import { readOwnedFile } from "./owned-file.ts";
import { parseStrictYaml } from "./strict-yaml.ts";

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
  let bytes: Buffer | undefined;
  try {
    bytes = readOwnedFile(path, ownerUid, POLICY_BYTES_MAX)?.bytes;
  } catch (error) {
    return brokenPolicy(error instanceof Error ? error.message : String(error));
  }
  return loadPolicy(bytes?.toString("utf8"), { parseYaml: parseStrictYaml, sha256Hex });
}
