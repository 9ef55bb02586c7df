import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign as signBytes,
  timingSafeEqual,
  verify as verifyBytes,
} from "node:crypto";
import type { KeyObject } from "node:crypto";

/** An ed25519 key pair; the public half as SPKI DER, which is what travels and is pinned. */
export interface KeyPair {
  readonly publicDer: Uint8Array;
  readonly privateKey: KeyObject;
}

/** SPKI DER of ed25519 is these 12 bytes and the 32 of the point (RFC 8410). */
const ED25519_SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
/** y coordinates of the points of order 1, 2, 4 and 8, sign bit cleared: with such a key anybody can sign anything. */
const SMALL_ORDER_Y = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);

export function generateKeys(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { publicDer: publicKey.export({ type: "spki", format: "der" }), privateKey };
}

export const exportPrivateKey = (key: KeyObject): Uint8Array => key.export({ type: "pkcs8", format: "der" });

export function importPrivateKey(pkcs8Der: Uint8Array): KeyPair {
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8Der), type: "pkcs8", format: "der" });
  return { privateKey, publicDer: createPublicKey(privateKey).export({ type: "spki", format: "der" }) };
}

/** The key to verify with, or undefined when the bytes are not an ed25519 SPKI or the point is of small order. */
export function importPublicKey(spkiDer: Uint8Array): KeyObject | undefined {
  if (spkiDer.length !== 44 || !ED25519_SPKI_PREFIX.equals(spkiDer.subarray(0, 12))) return undefined;
  const y = Buffer.from(spkiDer.subarray(12));
  y[31] = y[31]! & 0x7f;
  if (SMALL_ORDER_Y.has(y.toString("hex"))) return undefined;
  try {
    return createPublicKey({ key: Buffer.from(spkiDer), type: "spki", format: "der" });
  } catch {
    return undefined;
  }
}

export const sha256 = (...parts: readonly (Uint8Array | string)[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
export const sha256Hex = (bytes: Uint8Array | string): string => Buffer.from(sha256(bytes)).toString("hex");

/** A signature over SHA-256 of the bytes (security.md section 2: what is signed is H(context, fields)). */
export const sign = (privateKey: KeyObject, bytes: Uint8Array): Uint8Array =>
  signBytes(null, sha256(bytes), privateKey);

export function verify(publicDer: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = importPublicKey(publicDer);
  return key !== undefined && signature.length === 64 && verifyBytes(null, sha256(bytes), key, signature);
}

export const hmacSha256 = (key: Uint8Array, bytes: Uint8Array): Uint8Array =>
  createHmac("sha256", key).update(bytes).digest();

/** Equal in constant time; both sides are hashed first because `timingSafeEqual` throws on unequal lengths. */
export const equalBytes = (one: Uint8Array, other: Uint8Array): boolean => timingSafeEqual(sha256(one), sha256(other));

export const randomToken = (bytes: number): string => randomBytes(bytes).toString("base64url");
export const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex");
export const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
export const fromBase64url = (text: string): Uint8Array => Buffer.from(text, "base64url");
