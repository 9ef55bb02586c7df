import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { MusterError } from "@muster/core";
import { targetText, writeFileDurably } from "@muster/node-kit";
import { statePaths } from "../config.ts";
import type { AgentConfig, AgentSettings } from "../config.ts";
import { unitText } from "../unit.ts";
import { AGENT_UNIT, UNIT_DIRECTORY, isUserName } from "./grant-files.ts";
import { applyGrant } from "./grant.ts";
import { accountOf, hasSystemd, mustRun, systemProgram, textOf } from "./system.ts";

/** Where the program lies once installed: root's own place, which the agent's user can read and not write. */
export const PROGRAM_DIRECTORY = "/usr/local/lib/muster";
const PROGRAM = `${PROGRAM_DIRECTORY}/agent.mjs`;
const RUNTIME = `${PROGRAM_DIRECTORY}/node`;
const UNIT_PATH = `${UNIT_DIRECTORY}/${AGENT_UNIT}`;

const EMPTY_POLICY = `# What this server lets the hub do. Only root of this server can change this file; nothing is granted below.
# Example: allow:
#            - {action: service.restart, driver: systemd, names: [nginx.service], max: 6/1h}
# After a change: muster agent grant
version: 1
allow: []
`;

export const DEFAULT_USER = "muster-agent";
const LISTEN_SETTINGS = ["MUSTER_AGENT_LISTEN", "MUSTER_AGENT_TLS_CERT", "MUSTER_AGENT_TLS_KEY"] as const;

/** What the unit that is installed says of itself; undefined when there is none. */
export function installedUnit():
  | {
      readonly user: string | undefined;
      readonly stateDirectory: string | undefined;
      readonly policyPath: string | undefined;
      readonly servicesPath: string | undefined;
      /** How it listens, as settings. */
      readonly listening: AgentSettings;
    }
  | undefined {
  const text = textOf(UNIT_PATH);
  if (text === undefined) return undefined;
  const valueOf = (name: string): string | undefined => new RegExp(`^${name}=(\\S+)$`, "m").exec(text)?.[1];
  return {
    user: valueOf("User"),
    stateDirectory: valueOf("Environment=MUSTER_AGENT_STATE"),
    policyPath: valueOf("Environment=MUSTER_AGENT_POLICY"),
    servicesPath: valueOf("Environment=MUSTER_AGENT_SERVICES"),
    listening: Object.fromEntries(
      LISTEN_SETTINGS.map((name): [string, string | undefined] => [name, valueOf(`Environment=${name}`)]),
    ),
  };
}

export interface InstallRequest {
  readonly config: AgentConfig;
  readonly user: string;
  /** The file that runs now: `agent.mjs`, or `muster.mjs` with `agent.mjs` beside it. */
  readonly runningFile: string;
  readonly say: (line: string) => void;
}

/** User, directories, policy, program and unit; enabled, and started where the machine has joined. Idempotent; for root. */
export async function installAgent({ config, user, runningFile, say }: InstallRequest): Promise<void> {
  mustBeOrdinary(user);
  const { stateDirectory, policyPath, listen } = config;
  let account = await accountOf(user);
  if (account === undefined) {
    await mustRun(
      "useradd",
      "--system",
      "--user-group",
      "--home-dir",
      stateDirectory,
      "--shell",
      "/usr/sbin/nologin",
      "--",
      user,
    );
    account = await accountOf(user);
    say(`made the user ${user}`);
  }
  if (account === undefined || account.uid === 0)
    throw new MusterError("CONFIG_INVALID", { message: `${user} cannot be the agent's user` });
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  if (!lstatSync(stateDirectory).isDirectory())
    throw new MusterError("IDENTITY_UNSAFE", { message: `${stateDirectory} is not a directory` });
  chownSync(stateDirectory, account.uid, account.gid);
  chmodSync(stateDirectory, 0o700);
  openForEveryone(dirname(policyPath), say);
  if (lstatSync(policyPath, { throwIfNoEntry: false }) === undefined) {
    writeFileDurably(policyPath, EMPTY_POLICY, 0o644);
    say(`wrote ${policyPath}, which grants nothing`);
  }
  const program = placeProgram(runningFile, say);
  const node = placeRuntime(say);
  const hasJoined = existsSync(statePaths(stateDirectory).identity);
  if (!hasSystemd()) {
    const more = listen ? ` --listen ${targetText(listen)}` : "";
    say(`no systemd here; keep this running as user ${user}: ${node} ${program} run --state ${stateDirectory}${more}`);
    return;
  }
  const text = unitText({ config, user, program, node });
  if (textOf(UNIT_PATH) !== text) {
    writeFileDurably(UNIT_PATH, text, 0o644);
    say(`wrote ${UNIT_PATH}`);
  }
  await mustRun("systemctl", "daemon-reload");
  await mustRun("systemctl", "enable", "--quiet", "--", AGENT_UNIT);
  if (!hasJoined) {
    const join = `setpriv --reuid=${user} --regid=${user} --init-groups ${node} ${program} join${listen ? ` --listen ${targetText(listen)}` : " ADDRESS"} --state ${stateDirectory}`;
    say(`enabled; it starts when this machine has joined a hub: ${join}, then systemctl start muster-agent`);
    return;
  }
  await mustRun("systemctl", "restart", "--", AGENT_UNIT);
  say("installed and running: systemctl status muster-agent");
}

export interface UninstallRequest {
  readonly config: AgentConfig;
  readonly user: string;
  /** `purge` also removes identity, journal and spool, the user made for them, and a policy that was never changed. */
  readonly state: "keep" | "purge";
  readonly say: (line: string) => void;
}

/** Undoes `installAgent` and every grant. A policy that somebody wrote stays. For root. */
export async function uninstallAgent({ config, user, state, say }: UninstallRequest): Promise<void> {
  mustBeOrdinary(user);
  // Rights first: with them goes what lets services outlive the agent, so that the stop ends these too.
  await applyGrant([], () => undefined);
  if (hasSystemd() && existsSync(UNIT_PATH)) {
    await systemProgram("systemctl", "disable", "--quiet", "--", AGENT_UNIT);
    await systemProgram("systemctl", "stop", "--", AGENT_UNIT);
  }
  for (const path of [UNIT_PATH, PROGRAM, RUNTIME]) {
    if (!existsSync(path)) continue;
    rmSync(path);
    say(`removed ${path}`);
  }
  removeEmpty(PROGRAM_DIRECTORY);
  if (hasSystemd()) {
    await mustRun("systemctl", "daemon-reload");
    await systemProgram("systemctl", "reset-failed", "--", AGENT_UNIT);
  }
  const { stateDirectory, policyPath } = config;
  if (state === "keep") {
    say(`kept ${stateDirectory}, its user ${user}, and ${policyPath}; --purge removes them`);
    return;
  }
  const account = await accountOf(user);
  rmSync(stateDirectory, { recursive: true, force: true });
  say(`removed ${stateDirectory}`);
  // A user who has another home was there before the agent.
  if (account !== undefined && account.home === stateDirectory) {
    await mustRun("userdel", "--", user);
    say(`removed the user ${user}`);
  }
  if (textOf(policyPath) === EMPTY_POLICY) {
    rmSync(policyPath);
    removeEmpty(dirname(policyPath));
    say(`removed ${policyPath}, which granted nothing`);
  } else if (existsSync(policyPath)) say(`kept ${policyPath}, which somebody wrote`);
}

function mustBeOrdinary(user: string): void {
  if (!isUserName(user)) throw new MusterError("BAD_REQUEST", { message: "--user takes the name of a user" });
  if (user === "root")
    throw new MusterError("BAD_REQUEST", {
      message: "the agent runs as a user of its own: what root may do, no policy holds",
    });
}

/** The agent's own file: the one that runs, or the one beside the command line's. */
export function agentFileOf(runningFile: string): string {
  const running = realpathSync(runningFile);
  return basename(running) === "muster.mjs" ? join(dirname(running), "agent.mjs") : running;
}

/** The one file of the agent, at root's own place; an agent that is updated in place by its owner would be his to change. */
function placeProgram(runningFile: string, say: (line: string) => void): string {
  const source = agentFileOf(runningFile);
  if (!existsSync(source) || !source.endsWith(".mjs"))
    throw new MusterError("CONFIG_INVALID", {
      message: `there is no ${source}; build the programs first (npm run build)`,
    });
  if (source !== PROGRAM) {
    copy(source, PROGRAM, 0o644);
    say(`copied the program to ${PROGRAM}`);
  }
  return PROGRAM;
}

/** The Node.js that runs now, or a copy where the agent's user could not reach it. */
function placeRuntime(say: (line: string) => void): string {
  const running = realpathSync(process.execPath);
  if (running === RUNTIME || isForEveryone(running)) return running;
  copy(running, RUNTIME, 0o755);
  say(`copied Node.js to ${RUNTIME}, because ${dirname(running)} is not for every user`);
  return RUNTIME;
}

/** Whether each directory down to a file lets everybody pass, and nobody but root can change any of it. */
function isForEveryone(path: string): boolean {
  for (let place = path; ; place = dirname(place)) {
    const { mode, uid } = lstatSync(place);
    if ((mode & 0o001) === 0 || (mode & 0o022) !== 0 || uid !== 0) return false;
    if (place === "/") break;
  }
  accessSync(path, constants.X_OK);
  return !path.startsWith("/home/") && !path.startsWith("/root/") && !path.startsWith("/tmp/");
}

function copy(source: string, target: string, mode: number): void {
  makeForEveryone(PROGRAM_DIRECTORY);
  copyFileSync(source, `${target}.new`);
  chownSync(`${target}.new`, 0, 0);
  chmodSync(`${target}.new`, mode);
  renameSync(`${target}.new`, target);
}

/** Whatever root's umask is: the agent's user must pass. One that is there already stays as its owner made it. */
function makeForEveryone(directory: string): void {
  if (mkdirSync(directory, { recursive: true }) !== undefined) chmodSync(directory, 0o755);
}

/** A hub on the same server may have made the directory for its key, which only root reads whoever may pass here. */
function openForEveryone(directory: string, say: (line: string) => void): void {
  makeForEveryone(directory);
  const { mode, uid } = lstatSync(directory);
  if (uid !== 0 || (mode & 0o055) === 0o055) return;
  chmodSync(directory, 0o755);
  say(`opened ${directory} for every user to read, because the agent's policy is there`);
}

function removeEmpty(directory: string): void {
  if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
}
