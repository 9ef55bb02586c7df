import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AGENT_ENVIRONMENT, AGENT_NODE_FLAGS } from "@muster/protocol";
import { runProgram, startProgram } from "@muster/testkit";
import type { Program } from "@muster/testkit";
import type { BenchHub } from "./bench-hub.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const bundle = join(root, "dist/agent.mjs");
const agentProgram = existsSync(bundle) ? bundle : join(root, "packages/agent/src/main.ts");
export const agentProgramNote =
  agentProgram === bundle ? "The agent ran as its bundle." : "The agent ran from its sources, which costs memory.";

/** Joins an agent of this machine with the hub's first token and runs it; the caller ends it. */
export async function startBenchAgent(
  hub: BenchHub,
  settings: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const env = {
    ...AGENT_ENVIRONMENT,
    ...settings,
    MUSTER_AGENT_STATE: `${hub.directory}/agent`,
    MUSTER_LOG_LEVEL: "info",
  };
  const joined = await runProgram([process.execPath, agentProgram, "join", hub.address, "--name", "sim-1"], {
    env,
    stdin: hub.tokens[0] ?? "",
  });
  if (joined.exitCode !== 0) throw new Error(`the agent could not join: ${joined.stderr}`);
  const program = await startProgram([process.execPath, ...AGENT_NODE_FLAGS, agentProgram, "run"], { env });
  await program.says(/connected to the hub/);
  return program;
}
