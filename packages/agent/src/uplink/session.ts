import { MusterError } from "@muster/core";
import { fromBase64url, sha256, sign, toBase64url, verify } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { AuthBody, ReadyBody } from "@muster/protocol";
import { exchange } from "./greeting.ts";
import type { GreetingDeps, TrustedChannel } from "./greeting.ts";
import { parseReadyBody } from "./hub-frames.ts";

/**
 * Proves who this agent is to a hub that has proved itself, and returns what the hub says of the session. Nothing here
 * can be replayed: both nonces are in what is signed (rules PR20 to PR22).
 */
export async function authenticate(
  { channel, hub, agentNonce }: TrustedChannel,
  auth: AuthBody,
  keys: KeyPair,
  { clock }: Pick<GreetingDeps, "clock">,
  signal: AbortSignal,
): Promise<ReadyBody> {
  const body = JSON.stringify(auth);
  const signed = contextBytes("auth", [auth.agentId, hub.hubNonce, agentNonce, hub.hubPub, sha256(body)]);
  const frame = { t: "auth", body, sig: toBase64url(sign(keys.privateKey, signed)) };
  const answer = await exchange(channel, JSON.stringify(frame), clock, signal, true);
  const ready = answer.t === "ready" ? parseReadyBody(answer.body) : undefined;
  if (answer.t !== "ready" || ready === undefined)
    throw new MusterError("HUB_NOT_TRUSTED", { message: "The hub's answer to the proof is malformed." });
  const vouched = contextBytes("ready", [auth.agentId, agentNonce, hub.hubNonce, ready.sessionId, sha256(answer.body)]);
  if (!verify(hub.hubPub, vouched, fromBase64url(answer.sig)))
    throw new MusterError("HUB_NOT_TRUSTED", { message: "The hub did not sign its answer to the proof." });
  return ready;
}
