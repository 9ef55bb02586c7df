import { MusterError } from "@muster/core";
import type { AgentConfig } from "../config.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { aliasNotes, allowedBefore, applyGrant, planGrant } from "./grant.ts";
import { installAgent, uninstallAgent } from "./install-agent.ts";
import { ALLOWANCES } from "./rights.ts";
import type { Allowance } from "./rights.ts";
import { mustBeRoot } from "./system.ts";

export interface InstallOptions {
  readonly config: AgentConfig;
  readonly flags: ReadonlyMap<string, string>;
  readonly say: (line: string) => void;
  readonly runningFile: string;
}

/** Switches of these commands, for the reader of the command line. */
export const INSTALL_SWITCHES = ["purge", "print", "remove", ...ALLOWANCES.map((name) => `allow-${name}`)];

/** `muster agent install`: everything that runs the agent as a service, and the rights that a policy which is there needs. */
export async function install({ config, flags, say, runningFile }: InstallOptions): Promise<number> {
  mustBeRoot();
  const user = userOf(flags);
  const allowed = new Set([...allowedBefore(), ...allowedBy(flags)]);
  // Rights first: the agent that starts has them.
  const loaded = await readPolicy({ path: config.policyPath });
  const plan = planGrant(loaded, user, [...allowed]);
  await installAgent({ config, user, runningFile, say });
  await applyGrant(plan.files, say);
  for (const note of [...plan.rights.notes, ...(await aliasNotes(plan.rights))]) say(`note: ${note}`);
  return 0;
}

/** `muster agent uninstall`. */
export async function uninstall({ config, flags, say }: InstallOptions): Promise<number> {
  mustBeRoot();
  await uninstallAgent({ config, user: userOf(flags), state: flags.has("purge") ? "purge" : "keep", say });
  return 0;
}

/** `muster agent grant`: the operating system's rights become what the policy says now. `--print` changes nothing. */
export async function grant({ config, flags, say }: InstallOptions): Promise<number> {
  const loaded = await readPolicy({ path: config.policyPath });
  if (flags.has("remove")) {
    mustBeRoot();
    await applyGrant([], say);
    return 0;
  }
  const plan = planGrant(loaded, userOf(flags), allowedBy(flags));
  if (loaded.source !== "file") {
    const why = loaded.source === "broken" ? `is not usable: ${loaded.why}` : "does not exist";
    say(`${config.policyPath} ${why}; so nothing is granted`);
  }
  if (flags.has("print")) {
    for (const { path, text } of plan.files) say(`==> ${path}\n${text}`);
    if (plan.files.length === 0) say("no right is needed");
  } else {
    mustBeRoot();
    await applyGrant(plan.files, say);
  }
  for (const note of [...plan.rights.notes, ...(await aliasNotes(plan.rights))]) say(`note: ${note}`);
  return 0;
}

const allowedBy = (flags: ReadonlyMap<string, string>): readonly Allowance[] =>
  ALLOWANCES.filter((name) => flags.has(`allow-${name}`));

function userOf(flags: ReadonlyMap<string, string>): string {
  const user = flags.get("user") ?? "muster-agent";
  if (user === "") throw new MusterError("BAD_REQUEST", { message: "--user takes the name of a user" });
  return user;
}
