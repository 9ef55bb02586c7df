import { DAY_MS } from "@muster/core";
import { fromBase64url, importPublicKey, sha256, sha256Hex, verify } from "@muster/node-kit";
import { NONCE_BYTES, PROTOCOL_VERSIONS, contextBytes } from "@muster/protocol";
import type { HelloBody, HelloFrame } from "@muster/protocol";
import { parseHelloBody, parseHubCertificate } from "../wire/hub-frames.ts";

/** Whom to believe: the whole SHA-256 of the fleet root once joined, its first half from a join token before. */
export interface Pin {
  /** 64 or 32 hex digits. */
  readonly rootSha256: string;
}

/** The instants by which certificates are judged. */
export interface TrustTimes {
  readonly wallAt: number;
  /** No right clock is below this: the program's making, or a time that the hub once said. */
  readonly floorAt: number;
}

export interface VerifiedHub {
  readonly hubPub: Uint8Array;
  readonly hubId: string;
  readonly hubNonce: Uint8Array;
  readonly rootSha256: string;
  readonly body: HelloBody;
}

export type HelloVerdict =
  | { readonly ok: true; readonly hub: VerifiedHub; readonly isClockBehind: boolean }
  | { readonly ok: false; readonly why: string };

const refuse = (why: string): HelloVerdict => ({ ok: false, why });

/**
 * Everything that must hold before the agent says more than its nonce: the root is the pinned one, it certified this
 * hub's key for this time, the key is not revoked, and it signed both nonces (protocol rules PR4 to PR8).
 */
export function verifyHello(frame: HelloFrame, agentNonce: Uint8Array, pin: Pin, times: TrustTimes): HelloVerdict {
  const body = parseHelloBody(frame.body);
  if (body === undefined) return refuse("its hello is malformed");
  const certificate = parseHubCertificate(body.hubCert);
  if (certificate === undefined) return refuse("its certificate is malformed");
  const rootPub = fromBase64url(certificate.rootPub);
  const hubPub = fromBase64url(certificate.hubPub);
  if (importPublicKey(rootPub) === undefined || importPublicKey(hubPub) === undefined)
    return refuse("its keys are not ed25519 keys");
  const rootSha256 = sha256Hex(rootPub);
  if (!isPinned(rootSha256, pin)) return refuse("its fleet root is not the pinned one");
  const certified = contextBytes("hubcert", [hubPub, certificate.hubId, certificate.notBefore, certificate.notAfter]);
  if (!verify(rootPub, certified, fromBase64url(certificate.sig)))
    return refuse("its certificate is not signed by the fleet root");
  const isClockBehind = times.wallAt < times.floorAt;
  const judgedAt = Math.max(times.wallAt, times.floorAt);
  if (judgedAt - DAY_MS > certificate.notAfter) return refuse("its certificate has expired");
  if (!isClockBehind && judgedAt + DAY_MS < certificate.notBefore) return refuse("its certificate is not valid yet");
  if (body.revokedHubs.includes(sha256Hex(hubPub))) return refuse("its key is revoked");
  const hubNonce = fromBase64url(body.hubNonce);
  if (hubNonce.length !== NONCE_BYTES) return refuse("its nonce has a wrong length");
  const signed = contextBytes("hello", [agentNonce, hubNonce, sha256(body.hubCert), sha256(frame.body)]);
  if (!verify(hubPub, signed, fromBase64url(frame.sig))) return refuse("it did not sign this connection");
  if (!PROTOCOL_VERSIONS.includes(body.version)) return refuse(`it speaks version ${body.version} of the protocol`);
  return { ok: true, hub: { hubPub, hubId: certificate.hubId, hubNonce, rootSha256, body }, isClockBehind };
}

/** An empty or odd pin pins nothing and so trusts nobody. */
function isPinned(rootSha256: string, pin: Pin): boolean {
  const length = pin.rootSha256.length;
  return (length === 64 || length === 32) && rootSha256.slice(0, length) === pin.rootSha256;
}
