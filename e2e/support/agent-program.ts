import { mkdirSync } from "node:fs";
import { runProgram, startProgram } from "@muster/testkit";
import type { Program, ProgramResult } from "@muster/testkit";
import { agentArgv } from "./programs.ts";

export interface AgentPlace {
  /** Its own state directory; one for each agent. */
  readonly state: string;
  readonly env?: Readonly<Record<string, string>>;
}

const environment = ({ state, env }: AgentPlace): Readonly<Record<string, string>> => ({
  MUSTER_AGENT_STATE: state,
  MUSTER_AGENT_POLICY: `${state}/no-policy.yaml`,
  ...env,
});

/** Joins: the token goes in by standard input, as it must. */
export function joinAgent(hub: string, token: string, name: string, place: AgentPlace): Promise<ProgramResult> {
  mkdirSync(place.state, { recursive: true, mode: 0o700 });
  return runProgram([...agentArgv, "join", hub, "--name", name], { env: environment(place), stdin: token });
}

/** Starts an agent that has joined. */
export const startAgent = (place: AgentPlace): Promise<Program> =>
  startProgram([...agentArgv, "run"], { env: environment(place) });

/** Joins and starts; throws with what the program said when joining fails. */
export async function joinAndStartAgent(hub: string, token: string, name: string, place: AgentPlace): Promise<Program> {
  const { exitCode, stdout, stderr } = await joinAgent(hub, token, name, place);
  if (exitCode !== 0) throw new Error(`${name} could not join (${exitCode}): ${stdout}${stderr}`);
  return startAgent(place);
}
