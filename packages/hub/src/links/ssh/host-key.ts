import { createHash } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";

/** What a server is known by. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` … */
  readonly type: string;
  /** `SHA256:` and unpadded base64, as OpenSSH shows it. */
  readonly fingerprint: string;
}

/** Kinds of keys that a server may have, with the signatures that it may make with them. None of SHA-1, none of DSA. */
const SIGNATURES: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/** Shorter ones can be broken. */
const RSA_BYTES_MIN = 2048 / 8;

/** `SHA256:…` of a public key as it travels. */
export const fingerprintOf = (blob: Uint8Array): string =>
  `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;

/** Reads a public key as it travels (RFC 4253, 6.6). Undefined when its kind or its length is none that we trust. */
export function readHostKey(blob: Buffer): HostKey | undefined {
  const [type, ...numbers] = fieldsOf(blob);
  const name = type?.toString("latin1") ?? "";
  if (SIGNATURES[name] === undefined) return undefined;
  // A leading zero keeps the number positive.
  const modulus = numbers[1]?.[0] === 0 ? numbers[1].subarray(1) : numbers[1];
  if (name === "ssh-rsa" && (modulus?.length ?? 0) < RSA_BYTES_MIN) return undefined;
  return { type: name, fingerprint: fingerprintOf(blob) };
}

/**
 * Signatures to ask of a server. Of a known one only those of its known key: a server has several kinds of keys, and
 * another one of its own would look like somebody else's.
 */
export const signaturesOf = (known: HostKey | undefined): ServerHostKeyAlgorithm[] => [
  ...(known === undefined ? Object.values(SIGNATURES).flat() : (SIGNATURES[known.type] ?? [])),
];

function fieldsOf(blob: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at + 4 <= blob.length;) {
    const length = blob.readUInt32BE(at);
    fields.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}
