import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileDurably } from "@muster/node-kit";
import { AGENT_PATH, parseJoinToken } from "@muster/protocol";

/** What `up` reads of the identity that its agent keeps (`identity.json` in the agent's directory). */
interface AgentIdentity {
  readonly hubUrl: string;
  /** SHA-256 of the fleet root's public key, hex. */
  readonly rootSha256: string;
}

function readIdentity(stateDirectory: string): AgentIdentity | undefined {
  try {
    return JSON.parse(readFileSync(join(stateDirectory, "identity.json"), "utf8")) as AgentIdentity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether an agent has joined any hub from this directory. */
export const hasJoined = (stateDirectory: string): boolean => readIdentity(stateDirectory) !== undefined;

/** Whether the agent belongs to the hub that made this token; false when the hub's data was deleted and made anew. */
export function belongsToHubOf(token: string, stateDirectory: string): boolean {
  const pin = parseJoinToken(token)?.pin;
  return pin !== undefined && readIdentity(stateDirectory)?.rootSha256.startsWith(pin) === true;
}

/** Follows a hub that `up` now runs at another address; the pinned root stays, so no other hub can take its place. */
export function followHub(stateDirectory: string, address: string): void {
  const identity = readIdentity(stateDirectory);
  const hubUrl = `${address.replace(/^http/, "ws").replace(/\/$/, "")}${AGENT_PATH}`;
  if (!identity || identity.hubUrl === hubUrl) return;
  writeFileDurably(join(stateDirectory, "identity.json"), `${JSON.stringify({ ...identity, hubUrl }, null, 2)}\n`);
}
