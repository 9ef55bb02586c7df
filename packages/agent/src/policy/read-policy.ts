import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { MONITOR_ONLY, parsePolicy } from "@muster/core";
import type { LoadedPolicy } from "@muster/core";
import { sha256Hex } from "@muster/node-kit";
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
    bytes = readSafely(path, ownerUid);
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

/** What was checked is what is read: one descriptor for both. Undefined when there is no file. Throws with the reason. */
function readSafely(path: string, ownerUid: number): Buffer | undefined {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const parent = lstatSync(dirname(path));
  if (!parent.isDirectory()) throw new Error(`${dirname(path)} is not a directory`);
  if (parent.uid !== ownerUid) throw new Error(`${dirname(path)} must belong to ${nameOf(ownerUid)}`);
  if ((parent.mode & 0o022) !== 0) throw new Error(`${dirname(path)} can be written by others; make it 755`);
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Error(code === "ELOOP" ? `${path} is a symbolic link` : `${path} cannot be opened (${String(code)})`, {
      cause: error,
    });
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error(`${path} is not a plain file`);
    if (stat.uid !== ownerUid) throw new Error(`${path} must belong to ${nameOf(ownerUid)}`);
    if ((stat.mode & 0o022) !== 0) throw new Error(`${path} can be written by others; make it 644`);
    if (stat.size > POLICY_BYTES_MAX) throw new Error(`${path} is larger than ${POLICY_BYTES_MAX} bytes`);
    const bytes = Buffer.alloc(POLICY_BYTES_MAX + 1);
    let filled = 0;
    for (let count = -1; count !== 0 && filled < bytes.length; filled += count) {
      count = readSync(descriptor, bytes, filled, bytes.length - filled, filled);
    }
    if (filled > POLICY_BYTES_MAX) throw new Error(`${path} is larger than ${POLICY_BYTES_MAX} bytes`);
    return bytes.subarray(0, filled);
  } finally {
    closeSync(descriptor);
  }
}

const nameOf = (uid: number): string => (uid === 0 ? "root" : `user ${uid}`);
