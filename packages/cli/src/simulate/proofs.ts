import { MusterError } from "@muster/core";
import { fromBase64url, hmacSha256, sha256, sha256Hex, sign, toBase64url, verify } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { contextBytes, PROTOCOL_VERSION } from "@muster/protocol";
import type {
  AuthBody,
  AuthFrame,
  EnrollFrame,
  Field,
  HelloBody,
  HelloFrame,
  HubCertificate,
  JoinToken,
  ReadyBody,
  ReadyFrame,
  WelcomeBody,
  WelcomeFrame,
} from "@muster/protocol";

/** A hub that proved itself on one connection. */
export interface ProvedHub {
  readonly hubPub: Uint8Array;
  readonly agentNonce: Uint8Array;
  readonly hubNonce: Uint8Array;
  readonly tlsPins: readonly string[];
}

const notTrusted = (why: string): MusterError =>
  new MusterError("HUB_NOT_TRUSTED", { message: `The hub did not prove itself: ${why}. Nothing was sent.` });

/** Certificates already found good, by their text and the pin: one hub shows the same one to all its agents. */
const judged = new Map<string, Uint8Array>();

/** Checks a hello against the pin of the join token (security.md 2.1 step 4). Throws HUB_NOT_TRUSTED. */
export function checkHello(frame: HelloFrame, pin: string, agentNonce: Uint8Array, now: number): ProvedHub {
  const body = JSON.parse(frame.body) as HelloBody;
  const hubPub = certifiedKey(body.hubCert, pin, now);
  const hubNonce = fromBase64url(body.hubNonce);
  const signed = contextBytes("hello", [agentNonce, hubNonce, sha256(body.hubCert), sha256(frame.body)]);
  if (!verify(hubPub, signed, fromBase64url(frame.sig))) throw notTrusted("its signature is wrong");
  if (body.version !== PROTOCOL_VERSION) throw notTrusted(`it speaks version ${body.version}`);
  return { hubPub, agentNonce, hubNonce, tlsPins: body.tlsPins };
}

function certifiedKey(text: string, pin: string, now: number): Uint8Array {
  const known = judged.get(pin + text);
  if (known) return known;
  const certificate = JSON.parse(text) as HubCertificate;
  const rootPub = fromBase64url(certificate.rootPub);
  const hubPub = fromBase64url(certificate.hubPub);
  const { hubId, notBefore, notAfter } = certificate;
  if (!sha256Hex(rootPub).startsWith(pin)) throw notTrusted("its root key is not the one that the join token names");
  if (!verify(rootPub, contextBytes("hubcert", [hubPub, hubId, notBefore, notAfter]), fromBase64url(certificate.sig)))
    throw notTrusted("its certificate is not signed by its root key");
  if (now > notAfter) throw notTrusted("its certificate is over");
  judged.set(pin + text, hubPub);
  return hubPub;
}

/** The enrollment frame, and the transcript that the answer will be checked against. */
export function enrollment(
  hub: ProvedHub,
  token: JoinToken,
  name: string,
  keys: KeyPair,
): { readonly frame: EnrollFrame; readonly transcript: readonly Field[] } {
  const transcript = [hub.hubNonce, hub.agentNonce, hub.hubPub, keys.publicDer, token.id, name];
  const mac = hmacSha256(sha256(token.secret), sha256(contextBytes("enrollMac", transcript)));
  return {
    transcript,
    frame: {
      t: "enroll",
      tokenId: token.id,
      name,
      agentPub: toBase64url(keys.publicDer),
      mac: toBase64url(mac),
      sig: toBase64url(sign(keys.privateKey, contextBytes("enrollSig", transcript))),
    },
  };
}

/** What the hub made of the enrollment. Throws HUB_NOT_TRUSTED. */
export function checkWelcome(frame: WelcomeFrame, hub: ProvedHub, transcript: readonly Field[]): WelcomeBody {
  const signed = contextBytes("welcome", [...transcript, sha256(frame.body)]);
  if (!verify(hub.hubPub, signed, fromBase64url(frame.sig))) throw notTrusted("its welcome is not signed");
  return JSON.parse(frame.body) as WelcomeBody;
}

/** Proves this agent on this connection. */
export function authentication(hub: ProvedHub, body: AuthBody, keys: KeyPair): AuthFrame {
  const text = JSON.stringify(body);
  const signed = contextBytes("auth", [body.agentId, hub.hubNonce, hub.agentNonce, hub.hubPub, sha256(text)]);
  return { t: "auth", body: text, sig: toBase64url(sign(keys.privateKey, signed)) };
}

/** The session that the hub opened. Throws HUB_NOT_TRUSTED. */
export function checkReady(frame: ReadyFrame, hub: ProvedHub, agentId: string): ReadyBody {
  const body = JSON.parse(frame.body) as ReadyBody;
  const signed = contextBytes("ready", [agentId, hub.agentNonce, hub.hubNonce, body.sessionId, sha256(frame.body)]);
  if (!verify(hub.hubPub, signed, fromBase64url(frame.sig))) throw notTrusted("its answer is not signed");
  return body;
}
