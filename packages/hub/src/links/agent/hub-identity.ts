import { randomBytes } from "node:crypto";
import { hmacSha256, equalBytes, fromBase64url, sha256, toBase64url, verify } from "@muster/node-kit";
import { contextBytes, PROTOCOL_VERSIONS } from "@muster/protocol";
import type { EnrollFrame, Field, HelloBody, HelloFrame, ReadyBody, SignedFrame, WelcomeBody } from "@muster/protocol";
import type { FleetKeys } from "../../keys/fleet-keys.ts";

/** The two nonces of one connection. */
export interface Nonces {
  readonly agent: Uint8Array;
  readonly hub: Uint8Array;
}

const NONCE_BYTES = 32;
const MIN_AGENT = "0.1.0";

/** The newest version both sides speak, worked out once. */
export const agreedVersion = (offered: readonly number[]): number | undefined =>
  offered.filter((version) => PROTOCOL_VERSIONS.includes(version)).sort((one, other) => other - one)[0];

export const newNonce = (): Uint8Array => randomBytes(NONCE_BYTES);

/** Proves the hub to an agent that has said nothing but a nonce. */
export function helloFrame(
  keys: FleetKeys,
  version: number,
  nonces: Nonces,
  { tlsPins, isDialled }: { readonly tlsPins: readonly string[]; readonly isDialled: boolean },
): HelloFrame {
  const hubCert = keys.certificateText;
  const body: HelloBody = {
    version,
    hubCert,
    hubNonce: toBase64url(nonces.hub),
    tlsPins,
    minAgent: MIN_AGENT,
    revokedHubs: [],
    ...(isDialled && { dialled: true }),
  };
  const text = JSON.stringify(body);
  const sig = keys.sign("hello", [nonces.agent, nonces.hub, sha256(hubCert), sha256(text)]);
  return { t: "hello", body: text, sig: toBase64url(sig) };
}

/** The transcript T of an enrollment: what both the MAC and the signature cover. */
export const enrollTranscript = (keys: FleetKeys, nonces: Nonces, frame: EnrollFrame): readonly Field[] => [
  nonces.hub,
  nonces.agent,
  keys.hubPub,
  fromBase64url(frame.agentPub),
  frame.tokenId,
  frame.name,
];

/** Whether the sender knows the token's secret and holds the key it brings. Takes as long with a wrong token as with a right one. */
export function isEnrollmentProved(transcript: readonly Field[], frame: EnrollFrame, macKey: Uint8Array): boolean {
  const mac = hmacSha256(macKey, sha256(contextBytes("enrollMac", transcript)));
  const isMacRight = equalBytes(mac, fromBase64url(frame.mac));
  const isSigned = verify(
    fromBase64url(frame.agentPub),
    contextBytes("enrollSig", transcript),
    fromBase64url(frame.sig),
  );
  return isMacRight && isSigned;
}

export function welcomeFrame(keys: FleetKeys, transcript: readonly Field[], body: WelcomeBody): SignedFrame<"welcome"> {
  const text = JSON.stringify(body);
  return { t: "welcome", body: text, sig: toBase64url(keys.sign("welcome", [...transcript, sha256(text)])) };
}

/** Whether an `auth` was signed with this key for this connection. */
export const isAuthProved = (
  keys: FleetKeys,
  nonces: Nonces,
  agentId: string,
  body: string,
  sig: string,
  publicKey: Uint8Array,
): boolean =>
  verify(
    publicKey,
    contextBytes("auth", [agentId, nonces.hub, nonces.agent, keys.hubPub, sha256(body)]),
    fromBase64url(sig),
  );

export function readyFrame(keys: FleetKeys, nonces: Nonces, agentId: string, body: ReadyBody): SignedFrame<"ready"> {
  const text = JSON.stringify(body);
  const sig = keys.sign("ready", [agentId, nonces.agent, nonces.hub, body.sessionId, sha256(text)]);
  return { t: "ready", body: text, sig: toBase64url(sig) };
}
