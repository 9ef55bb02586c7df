import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { isServerName, MusterError, SERVER_NAME_RULE, silentLogger } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import { fromBase64url, hmacSha256, sha256, sign, systemClock, toBase64url, verify } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { CLOSE, contextBytes, fingerprintWords, parseJoinToken } from "@muster/protocol";
import type { Field, JoinToken } from "@muster/protocol";
import type { ListenConfig } from "./config.ts";
import { hubOf, loadIdentity, loadOrMakeKey, prepareState, saveIdentity } from "./identity/identity.ts";
import type { Identity } from "./identity/identity.ts";
import { openDoor } from "./open-door.ts";
import { awaitHub } from "./uplink/await-hub.ts";
import { ClosedByHub, dialHub, exchange } from "./uplink/greeting.ts";
import type { TrustedChannel } from "./uplink/greeting.ts";
import { hubAddress } from "./uplink/hub-address.ts";
import { parseWelcomeBody } from "./wire/hub-frames.ts";
import { AGENT_BUILT_AT } from "./version.ts";

export interface JoinRequest {
  /** `wss://hub`, `https://hub/base`; `ws://` on loopback only. Or where the hub is waited for, as long as it takes. */
  readonly hub: string | ListenConfig;
  /** `mst1.…`, read from standard input or a private file, never from the argument list. */
  readonly token: string;
  /** The server's name in the panel; the host name unless told. */
  readonly name?: string | undefined;
  readonly stateDirectory: string;
  /** Leave the hub that this machine belongs to. Without it a second joining is refused. */
  readonly again?: boolean;
}

export interface Joined {
  readonly identity: Identity;
  readonly state: "active" | "pending";
  /** Six words of the agent's key, to be compared with what the panel shows. */
  readonly fingerprint: string;
}

export interface JoinDeps {
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly signal?: AbortSignal;
}

/**
 * Makes this machine known to a hub (protocol rules PR10 to PR14) and stores who it is. Nothing runs afterwards: start
 * the agent. Throws MusterError: CONFIG_INVALID, IDENTITY_UNSAFE, HUB_UNREACHABLE, HUB_NOT_TRUSTED, JOIN_REFUSED.
 */
export async function joinHub(request: JoinRequest, deps: JoinDeps = {}): Promise<Joined> {
  const { clock = systemClock, log = silentLogger, signal = new AbortController().signal } = deps;
  const token = parseJoinToken(request.token);
  if (token === undefined)
    throw new MusterError("CONFIG_INVALID", {
      message: "That is no join token: it looks like mst1.… and has four parts.",
    });
  const name = request.name ?? hostname();
  if (!isServerName(name))
    throw new MusterError("CONFIG_INVALID", { message: `"${name}" cannot be a server's name: ${SERVER_NAME_RULE}.` });
  const hubUrl = typeof request.hub === "string" ? hubAddress(request.hub) : "";
  prepareState(request.stateDirectory);
  const known = loadIdentity(request.stateDirectory);
  if (known !== undefined && request.again !== true) {
    const message = `This machine has joined ${hubOf(known)} as "${known.name}" already; say --again to join anew.`;
    throw new MusterError("CONFLICT", { message });
  }
  const keys = loadOrMakeKey(request.stateDirectory);

  const meeting = { clock, log, randomBytes };
  const door = typeof request.hub === "string" ? undefined : await openDoor(request.hub, clock);
  try {
    const meet = door === undefined ? dialHub(meeting) : awaitHub(door, meeting);
    const greeted = await meet(hubUrl, { rootSha256: token.pin }, AGENT_BUILT_AT, signal);
    const { state, ...identity } = await enroll(greeted, { token, name, keys }, clock, signal);
    saveIdentity(request.stateDirectory, { ...identity, hubUrl });
    greeted.channel.close(1000);
    return {
      identity: { ...identity, hubUrl },
      state,
      fingerprint: fingerprintWords(sha256(keys.publicDer)),
    };
  } finally {
    await door?.close();
  }
}

/** Proves who knows the token and holds the key, to a hub that has proved itself. */
async function enroll(
  { channel, hub, agentNonce }: TrustedChannel,
  { token, name, keys }: { readonly token: JoinToken; readonly name: string; readonly keys: KeyPair },
  clock: Clock,
  signal: AbortSignal,
): Promise<Omit<Identity, "hubUrl"> & Pick<Joined, "state">> {
  try {
    const transcript: readonly Field[] = [hub.hubNonce, agentNonce, hub.hubPub, keys.publicDer, token.id, name];
    const frame = {
      t: "enroll",
      tokenId: token.id,
      name,
      agentPub: toBase64url(keys.publicDer),
      mac: toBase64url(hmacSha256(sha256(token.secret), sha256(contextBytes("enrollMac", transcript)))),
      sig: toBase64url(sign(keys.privateKey, contextBytes("enrollSig", transcript))),
    };
    const answer = await exchange(channel, JSON.stringify(frame), clock, signal, true);
    const body = answer.t === "welcome" ? parseWelcomeBody(answer.body) : undefined;
    if (answer.t !== "welcome" || body === undefined)
      throw new MusterError("HUB_NOT_TRUSTED", { message: "The hub's answer to the enrollment is malformed." });
    const signed = contextBytes("welcome", [...transcript, sha256(answer.body)]);
    if (!verify(hub.hubPub, signed, fromBase64url(answer.sig)))
      throw new MusterError("HUB_NOT_TRUSTED", { message: "The hub did not sign its welcome." });
    const { agentId, serverId, state, epoch, auditHead } = body;
    const { rootSha256 } = hub;
    return { agentId, serverId, state, name, rootSha256, epoch, auditHead, hubTimeSeenAt: 0, keyMadeAt: clock.now() };
  } catch (error) {
    channel.terminate();
    if (error instanceof ClosedByHub && error.isProven && (error.refusal || error.code === CLOSE.badProof))
      throw new MusterError("JOIN_REFUSED", error.refusal ? { message: error.refusal } : {}, error);
    if (error instanceof ClosedByHub)
      throw new MusterError("HUB_UNREACHABLE", { message: `The hub cannot be reached: ${error.message}.` }, error);
    throw error;
  }
}
