import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, rmdirSync } from "node:fs";
import type { LoadedPolicy } from "@muster/core";
import { writeFileDurably } from "@muster/node-kit";
import {
  AGENT_UNIT,
  DROP_IN_DIRECTORY,
  DROP_IN_PATH,
  HELPER_NAME,
  POLKIT_DIRECTORY,
  RULES_PATH,
  UNIT_DIRECTORY,
  WRITTEN_BY,
  grantFiles,
} from "./grant-files.ts";
import type { GrantFile } from "./grant-files.ts";
import { rightsOf } from "./rights.ts";
import type { Allowance, Rights } from "./rights.ts";
import { hasSystemd, mustRun, systemProgram, textOf } from "./system.ts";

export interface GrantPlan {
  readonly rights: Rights;
  readonly files: readonly GrantFile[];
}

/** What the policy in force comes to here. One that is missing or broken grants nothing, whatever was granted before. */
export async function planGrant(loaded: LoadedPolicy, user: string, allowed: readonly Allowance[]): Promise<GrantPlan> {
  return planOf(loaded, user, await onThisMachine(rightsOf(loaded.policy, allowed)));
}

/** The files that rights come to. Throws when a name could mean more than itself. */
export function planOf(loaded: LoadedPolicy, user: string, rights: Rights): GrantPlan {
  const policySha256 = loaded.source === "file" ? loaded.sha256 : "";
  return { rights, files: grantFiles({ user, rights, policySha256 }) };
}

/** A unit with a group that does not exist would not start at all. */
async function onThisMachine(rights: Rights): Promise<Rights> {
  const groups: string[] = [];
  const notes = [...rights.notes];
  for (const group of rights.groups) {
    if ((await systemProgram("getent", "group", group)).exitCode === 0) groups.push(group);
    else notes.push(`not granted: this machine has no group ${group}`);
  }
  return { ...rights, groups, notes };
}

/**
 * Whether what is granted here is what the policy needs now, with the allowances that root gave. Only root can see all
 * of it.
 */
export async function grantIsCurrent(loaded: LoadedPolicy, user: string): Promise<boolean> {
  const { files } = await planGrant(loaded, user, allowedBefore());
  const present = grantedPaths();
  return present.length === files.length && files.every(({ path, text }) => textOf(path) === text);
}

/** What root said at the last `grant`, read from what it wrote: an upgrade must neither take it away nor add to it. */
export function allowedBefore(): readonly Allowance[] {
  const text = textOf(DROP_IN_PATH) ?? "";
  const allowed: Allowance[] = [];
  if (/^SupplementaryGroups=.*\bdocker\b/m.test(text)) allowed.push("docker");
  if (/^AmbientCapabilities=.*\bCAP_KILL\b/m.test(text)) allowed.push("kill");
  return allowed;
}

/**
 * Makes the files on this machine exactly the given ones: writes what is new or changed, removes what an earlier grant
 * wrote and this one does not. The agent is started anew where its own unit changed. Tells each change; run by root.
 */
export async function applyGrant(files: readonly GrantFile[], say: (line: string) => void): Promise<void> {
  const changed: string[] = [];
  for (const path of grantedPaths()) {
    if (files.some((file) => file.path === path)) continue;
    rmSync(path);
    changed.push(path);
    say(`removed ${path}`);
  }
  for (const { path, text } of files) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() === true && (stat.mode & 0o7777) === 0o644 && stat.uid === 0 && textOf(path) === text) continue;
    if (path === DROP_IN_PATH) mkdirSync(DROP_IN_DIRECTORY, { recursive: true, mode: 0o755 });
    if (path === RULES_PATH && !existsSync(POLKIT_DIRECTORY)) {
      say(`not written: ${path}, because this machine has no polkit (apt-get install polkitd)`);
      continue;
    }
    writeFileDurably(path, text, 0o644);
    changed.push(path);
    say(`wrote ${path}`);
  }
  if (existsSync(DROP_IN_DIRECTORY) && readdirSync(DROP_IN_DIRECTORY).length === 0) rmdirSync(DROP_IN_DIRECTORY);
  if (changed.length === 0) say("nothing to change");
  if (!hasSystemd()) return;
  if (changed.some((path) => path !== RULES_PATH)) await mustRun("systemctl", "daemon-reload");
  if (changed.includes(DROP_IN_PATH)) await mustRun("systemctl", "try-restart", "--", AGENT_UNIT);
}

/** Units whose policy name is another name of theirs: the system asks for rights by the first name only. */
export async function aliasNotes({ units }: Rights): Promise<readonly string[]> {
  if (!hasSystemd()) return [];
  const notes: string[] = [];
  for (const unit of new Set(units.map((right) => right.unit))) {
    const { stdout } = await systemProgram("systemctl", "show", "--property=Id", "--value", "--", unit);
    const id = stdout.trim();
    if (id !== "" && id !== unit) notes.push(`${unit} is another name of ${id}: write ${id} in the policy`);
  }
  return notes;
}

/** What earlier grants wrote: the two files of fixed name, and helper units that say who wrote them. */
function grantedPaths(): readonly string[] {
  const helpers = existsSync(UNIT_DIRECTORY)
    ? readdirSync(UNIT_DIRECTORY)
        .filter((name) => HELPER_NAME.test(name))
        .map((name) => `${UNIT_DIRECTORY}/${name}`)
        .filter((path) => textOf(path)?.startsWith(`# ${WRITTEN_BY}`) === true)
    : [];
  return [...helpers, ...[RULES_PATH, DROP_IN_PATH].filter((path) => existsSync(path))];
}
