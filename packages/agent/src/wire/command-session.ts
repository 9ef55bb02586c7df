import type { KeyPair } from "@muster/node-kit";
import type { ResultFrame } from "@muster/protocol";
import type { HubClock } from "./hub-clock.ts";

/** The session in which a command arrived. */
export interface CommandSession {
  readonly agentId: string;
  readonly sessionId: string;
  readonly hubPub: Uint8Array;
  readonly hubClock: HubClock;
  readonly keys: KeyPair;
  /** The newest fleet epoch ever seen: a hub with a lower one was restored and may not command. */
  readonly epochSeen: number;
}

/**
 * `unproven`: not from the hub that proved itself; the connection is to be closed and nothing answered. `later`: the agent
 * stops in the middle; its next start tells what came of it.
 */
export type CommandAnswer =
  | { readonly is: "result"; readonly frame: ResultFrame }
  | { readonly is: "unproven" }
  | { readonly is: "later" };
