import { MusterError } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import { fromBase64url, sha256, sign, toBase64url, verify } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { PROTOCOL_VERSION, contextBytes } from "@muster/protocol";
import type { AuthBody, PolicyFrame, ReadyBody } from "@muster/protocol";
import { AGENT_BUILT_AT, AGENT_VERSION } from "../version.ts";
import { parseReadyBody } from "../wire/hub-frames.ts";
import type { Membership } from "../wire/membership.ts";
import type { AgentKeys } from "./agent-keys.ts";
import type { Channel, ChannelPeer } from "./channel.ts";
import { exchange } from "./greeting.ts";
import type { MeetHub, TrustedChannel } from "./greeting.ts";
import type { VerifiedHub } from "./trust.ts";

/** What the hub is told of the policy. */
export type PolicyReport = Pick<PolicyFrame, "policyHash" | "policySummary">;

export interface OpenSessionDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly meet: MeetHub;
  readonly keys: AgentKeys;
  readonly outbox: { readonly lastSeq: number; readonly head: number };
  readonly instanceId: string;
  readonly policy: () => Promise<PolicyReport>;
  readonly bootId: () => Promise<string>;
  /** The interval in force, told to the hub. */
  readonly intervalMs: () => number;
}

/** A connection on which both sides have proved themselves. */
export interface OpenedSession {
  readonly channel: Channel;
  readonly hub: VerifiedHub;
  readonly ready: ReadyBody;
  /** What the hub was told of the policy. */
  readonly policy: PolicyReport;
}

/** The way to `ready`: the hub's proof, then ours. Throws as `MeetHub` does. */
export async function openSession(
  membership: Membership,
  deps: OpenSessionDeps,
  signal: AbortSignal,
): Promise<OpenedSession> {
  const { clock, log, keys, outbox } = deps;
  const floorAt = Math.max(AGENT_BUILT_AT, membership.hubTimeSeenAt);
  const greeted = await deps.meet(membership.hubUrl, membership, floorAt, signal);
  if (greeted.isClockBehind) log.warn("this machine's clock is far behind", { now: clock.now() });
  try {
    const policy = await deps.policy();
    const body: AuthBody = {
      agentId: membership.agentId,
      bootId: await deps.bootId(),
      instanceId: deps.instanceId,
      agentVersion: AGENT_VERSION,
      version: PROTOCOL_VERSION,
      policyHash: policy.policyHash,
      policySummary: policy.policySummary,
      epochSeen: membership.epoch,
      lastSeq: outbox.lastSeq,
      spoolHead: outbox.head,
      auditHead: membership.auditHead,
      at: clock.now(),
      intervalMs: deps.intervalMs(),
      ...ownTlsKey(greeted.channel.peer),
    };
    const ready = await authenticate(greeted, body, keys.active, deps, signal);
    return { channel: greeted.channel, hub: greeted.hub, ready, policy };
  } catch (error) {
    greeted.channel.terminate();
    throw error;
  }
}

/** A hub that dialled compares it with the key that it was shown: another one means that somebody stands in between. */
const ownTlsKey = (peer: ChannelPeer): Pick<AuthBody, "tlsKey"> =>
  peer.is === "caller" && peer.ownKeySha256 !== undefined ? { tlsKey: peer.ownKeySha256 } : {};

/**
 * Proves who this agent is to a hub that has proved itself, and returns what the hub says of the session. Nothing here
 * can be replayed: both nonces are in what is signed (rules PR20 to PR22).
 */
async function authenticate(
  { channel, hub, agentNonce }: TrustedChannel,
  auth: AuthBody,
  keys: KeyPair,
  { clock }: Pick<OpenSessionDeps, "clock">,
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
