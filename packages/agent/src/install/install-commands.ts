import { MusterError } from "@muster/core";
import { DEFAULT_POLICY_PATH, DEFAULT_SERVICES_PATH, DEFAULT_STATE_DIRECTORY, readAgentConfig } from "../config.ts";
import type { AgentConfig, AgentSettings } from "../config.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { aliasNotes, allowedBefore, applyGrant, planGrant } from "./grant.ts";
import { DEFAULT_USER, installAgent, installedUnit, uninstallAgent } from "./install-agent.ts";
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
export async function install(options: InstallOptions): Promise<number> {
  mustBeRoot();
  const { flags, say, runningFile } = options;
  const { config, user } = asInstalled(options);
  await installAgent({ config, user, runningFile, say });
  const allowed = new Set([...allowedBefore(), ...allowedBy(flags)]);
  const plan = await planGrant(await readPolicy({ path: config.policyPath }), user, [...allowed]);
  await applyGrant(plan.files, say);
  for (const note of [...plan.rights.notes, ...(await aliasNotes(plan.rights))]) say(`note: ${note}`);
  return 0;
}

/** `muster agent uninstall`. */
export async function uninstall(options: InstallOptions): Promise<number> {
  mustBeRoot();
  const { flags, say } = options;
  await uninstallAgent({ ...asInstalled(options), state: flags.has("purge") ? "purge" : "keep", say });
  return 0;
}

/** `muster agent grant`: the operating system's rights become what the policy says now. `--print` changes nothing. */
export async function grant(options: InstallOptions): Promise<number> {
  const { flags, say } = options;
  const { config, user } = asInstalled(options);
  const loaded = await readPolicy({ path: config.policyPath });
  if (flags.has("remove")) {
    mustBeRoot();
    await applyGrant([], say);
    return 0;
  }
  const plan = await planGrant(loaded, user, allowedBy(flags));
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

/** What the command line leaves open is as the unit that is installed has it. */
function asInstalled({ config, flags }: InstallOptions): { readonly config: AgentConfig; readonly user: string } {
  const unit = installedUnit();
  const user = flags.get("user") ?? unit?.user ?? DEFAULT_USER;
  if (user === "") throw new MusterError("BAD_REQUEST", { message: "--user takes the name of a user" });
  const { stateDirectory, policyPath, servicesPath } = config;
  return {
    user,
    config: {
      ...config,
      stateDirectory:
        stateDirectory === DEFAULT_STATE_DIRECTORY ? (unit?.stateDirectory ?? stateDirectory) : stateDirectory,
      policyPath: policyPath === DEFAULT_POLICY_PATH ? (unit?.policyPath ?? policyPath) : policyPath,
      servicesPath: servicesPath === DEFAULT_SERVICES_PATH ? (unit?.servicesPath ?? servicesPath) : servicesPath,
      ...(config.listen === undefined && listeningOf(unit?.listening)),
    },
  };
}

function listeningOf(settings: AgentSettings = {}): Pick<AgentConfig, "listen"> {
  const read = readAgentConfig(settings);
  return read.ok && read.config.listen ? { listen: read.config.listen } : {};
}
