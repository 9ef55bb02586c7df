import { MusterError } from "@muster/core";
import { ensurePrivateDirectory } from "@muster/node-kit";
import { CertificateNotTrusted, openConnection } from "../client/connection.ts";
import type { Entries, RunningHub } from "../entries.ts";
import type { Shell } from "../shell.ts";
import { coloursFor } from "../terminal/colours.ts";
import { AgentChild } from "./agent-child.ts";
import { agentStarter } from "./agent-program.ts";
import type { StartAgent } from "./agent-program.ts";
import { renderBanner } from "./banner.ts";
import { upDirectories } from "./directories.ts";
import { belongsToHubOf, followHub, hasJoined } from "./joined-agent.ts";
import { stopLeftBehind } from "./left-behind.ts";
import { serverNameFrom } from "./server-name.ts";

export interface UpOptions {
  readonly dataDir?: string;
  /** Further flags, as `muster hub` takes them. */
  readonly hubFlags: readonly string[];
}

/**
 * Runs a hub in this process and an agent beside it until told to stop. An agent that joined before is only started.
 * Throws what keeps the hub from starting; an agent that cannot join is told and does not stop the hub.
 */
export async function up(
  shell: Shell,
  entries: Entries,
  options: UpOptions,
  startAgent: StartAgent = agentStarter(shell.env),
): Promise<void> {
  const directories = upDirectories(options.dataDir, shell.env, {
    isRoot: process.getuid?.() === 0,
    homeDirectory: shell.homeDirectory,
  });
  const { startHub } = await entries.hub();
  const stopped = shell.stopSignal();
  const hub = await startHub(["--data-dir", directories.data, ...options.hubFlags], {
    // For a person at a terminal: what happens is on the page, so only what is wrong is logged.
    MUSTER_LOG_FORMAT: "text",
    MUSTER_LOG_LEVEL: "warn",
    ...shell.env,
  });
  const tell = (line: string): void => shell.terminal.writeError(`${line}\n`);
  // One that an earlier `up` could not stop would speak with the same key.
  stopLeftBehind(directories.agent);
  const child = new AgentChild(directories.agent, {
    clock: shell.clock,
    random: shell.random,
    start: startAgent,
    tell,
  });
  try {
    shell.terminal.write(
      renderBanner(
        {
          address: hub.address,
          setupUrl: hub.setupUrl,
          dataDirectory: directories.data,
          certificateFingerprint: await ownFingerprint(hub.address, stopped),
        },
        coloursFor("output", shell.terminal, shell.env),
      ),
    );
    if (await joinOnce(shell, hub, directories.agent, startAgent, tell)) child.start();
    await aborted(stopped);
  } finally {
    await child.stop();
    await hub.stop();
  }
}

/** Joins this machine unless it has joined before; whether there is an agent to run. */
async function joinOnce(
  shell: Shell,
  hub: RunningHub,
  stateDirectory: string,
  startAgent: StartAgent,
  tell: (line: string) => void,
): Promise<boolean> {
  const problem = ensurePrivateDirectory(stateDirectory);
  if (problem)
    throw new MusterError("IDENTITY_UNSAFE", { message: `The agent's directory cannot be used: ${problem}.` });
  const joinedBefore = hasJoined(stateDirectory);
  if (joinedBefore) followHub(stateDirectory, hub.address);
  // Only a hub without an administrator can be a new one in the place of that which the agent knows.
  if (joinedBefore && hub.setupUrl === undefined) return true;
  const token = await hub.createJoinToken({ name: serverNameFrom(shell.hostName) });
  if (belongsToHubOf(token, stateDirectory)) return true;
  const lines: string[] = [];
  const again = joinedBefore ? ["--again"] : [];
  const joining = startAgent(["join", hub.address.replace(/^http/, "ws"), ...again], {
    stateDirectory,
    input: `${token}\n`,
    line: (text) => lines.push(text),
  });
  const { code } = await joining.exited;
  if (code === 0) return true;
  tell(`This machine could not join its own hub (code ${code ?? "none"}):`);
  for (const line of lines) tell(`  ${line}`);
  return false;
}

/** The fingerprint of the hub's certificate where no authority vouches for it; undefined over plain HTTP or when one does. */
async function ownFingerprint(address: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const socket = await openConnection(new URL(address), { by: "authorities" }, signal);
    socket.destroy();
    return undefined;
  } catch (error) {
    return error instanceof CertificateNotTrusted ? error.fingerprint : undefined;
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
