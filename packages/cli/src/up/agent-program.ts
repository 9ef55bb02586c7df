import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";
import { AGENT_ENVIRONMENT, AGENT_NODE_FLAGS } from "@muster/protocol";

/** How a run of the agent program ended. */
export interface AgentExit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface RunningAgent {
  readonly pid: number | undefined;
  readonly exited: Promise<AgentExit>;
  stop(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Starts the agent program with these arguments. `input` is its standard input, for a token. */
export type StartAgent = (
  args: readonly string[],
  run: { readonly stateDirectory: string; readonly input?: string; readonly line: (text: string) => void },
) => RunningAgent;

/** The agent's program file: beside this one when both are bundled, in its package otherwise. */
export function agentProgramPath(from: string = import.meta.url): string {
  const bundled = fileURLToPath(new URL("./agent.mjs", from));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL("../../../agent/src/main.ts", from));
}

/** Starts the real agent as a child with the Node that runs this process. */
export function agentStarter(env: Readonly<Record<string, string | undefined>>): StartAgent {
  return (args, { stateDirectory, input, line }) => {
    const child = spawn(process.execPath, [...AGENT_NODE_FLAGS, agentProgramPath(), ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      // A group of its own: Ctrl-C in the terminal is for this process, which then stops the child in order.
      detached: true,
      env: { MUSTER_LOG_LEVEL: "warn", ...AGENT_ENVIRONMENT, ...env, MUSTER_AGENT_STATE: stateDirectory },
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", line);
    const exited = new Promise<AgentExit>((resolve) => {
      child.on("error", (error) => {
        line(`the agent could not be started: ${error.message}`);
        resolve({ code: null, signal: null });
      });
      child.on("close", (code, signal) => resolve({ code, signal }));
    });
    return { pid: child.pid, exited, stop: (signal) => void child.kill(signal) };
  };
}
