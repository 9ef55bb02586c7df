import { sign, toBase64url } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { RotateFrame } from "@muster/protocol";

/** The agent's key and, while it is being replaced, the one that comes after it. */
export interface AgentKeys {
  /** The key to prove with: a next one is tried first. */
  readonly active: KeyPair;
  /** Whether the hub has yet to accept `active`. */
  readonly isTrying: boolean;
  /** Makes the next key, durable before this returns. */
  makeNext(): KeyChange;
  /** The hub took a proof by the next key. */
  confirm(): void;
  /** The hub does not know the next key: its announcement was lost. */
  giveUpNext(): void;
}

export interface KeyChange {
  readonly current: KeyPair;
  readonly next: KeyPair;
}

/** Announces the next key by the present one, in this session (PR57). */
export function rotateFrame(agentId: string, sessionId: string, { current, next }: KeyChange): RotateFrame {
  const byOld = contextBytes("rotateOld", [agentId, sessionId, next.publicDer]);
  const byNew = contextBytes("rotateNew", [agentId, sessionId, current.publicDer]);
  return {
    t: "rotate",
    newPub: toBase64url(next.publicDer),
    sigOld: toBase64url(sign(current.privateKey, byOld)),
    sigNew: toBase64url(sign(next.privateKey, byNew)),
  };
}
