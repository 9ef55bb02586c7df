import { createPrivateKey, generateKeyPair, randomBytes } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { MusterError } from "@muster/core";
import ssh2 from "ssh2";
import { fingerprintOf } from "./host-key.ts";

/** A key pair to log in with. */
export interface SshKeyPair {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256` … */
  readonly type: string;
  /** OpenSSH's format without a passphrase: it is sealed wherever it is kept. */
  readonly privateKey: string;
  /** The line for the server's authorized_keys. */
  readonly publicKey: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

export type SshKeyKind = "ed25519" | "rsa-4096" | "ecdsa-p256";

const TEXT_CHARACTERS_MAX = 64 * 1024;
const RSA_BITS_MIN = 2048;
/** Each round of OpenSSH's passphrases holds the hub up for twenty milliseconds. */
const ROUNDS_MAX = 128;
/** Kinds of curves by their names in JWK. */
const CURVES: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

const generate = promisify(generateKeyPair);

/** Makes a new pair. The comment stands at the end of the public line, printable ASCII without spaces. */
export async function generateSshKey(kind: SshKeyKind, comment: string): Promise<SshKeyPair> {
  switch (kind) {
    case "ed25519":
      return pairOf((await generate("ed25519")).privateKey, comment);
    case "rsa-4096":
      return pairOf((await generate("rsa", { modulusLength: 4096 })).privateKey, comment);
    case "ecdsa-p256":
      return pairOf((await generate("ec", { namedCurve: "P-256" })).privateKey, comment);
  }
}

/**
 * Reads a private key as people have it: OpenSSH's format, PEM or PuTTY's (version 2), with its passphrase if it has
 * one; that takes half a second, and is not needed afterwards. Throws BAD_REQUEST that names the field and what to do.
 */
export function importSshKey(text: string, passphrase: string | undefined, comment: string): SshKeyPair {
  const pem = `${text.trim().replaceAll("\r\n", "\n")}\n`;
  if (
    pem.length > TEXT_CHARACTERS_MAX ||
    !/^(?:-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|PuTTY-User-Key-File-2:)/.test(pem)
  )
    throw wrong("privateKey", NOT_PRIVATE);
  if (roundsOf(pem) > ROUNDS_MAX)
    throw wrong("privateKey", `The passphrase has too many rounds. Store it anew: ssh-keygen -p -a 16 -f KEY.`);
  return pairOf(readPrivateKey(pem, passphrase || undefined), comment);
}

const NOT_PRIVATE = "This is no private key. Paste the whole file, from its BEGIN to its END line.";

function readPrivateKey(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // OpenSSH's own format and PuTTY's are read below; so is a reason, where there is one.
  }
  const parsed = ssh2.utils.parseKey(pem, passphrase);
  const isEncrypted = /encrypted/i.test(parsed instanceof Error ? parsed.message : "") || /ENCRYPTED/.test(pem);
  if (!(parsed instanceof Error)) {
    const inner = parsed.getPrivatePEM();
    if (typeof inner === "string") return createPrivateKey(inner);
  }
  if (passphrase === undefined && isEncrypted)
    throw wrong("passphrase", "The key is locked with a passphrase. Give it, too.");
  if (passphrase !== undefined) throw wrong("passphrase", "The key does not open with this passphrase.");
  throw wrong("privateKey", "The key cannot be read. Use an ed25519, ECDSA or RSA key in OpenSSH's format.");
}

/** How often OpenSSH's format stretches its passphrase; 0 where it says nothing. */
function roundsOf(pem: string): number {
  if (!pem.startsWith("-----BEGIN OPENSSH PRIVATE KEY-----")) return 0;
  const bytes = Buffer.from(pem.replace(/-----[^-]*-----/g, ""), "base64");
  // The magic word, then names of cipher and derivation, then the derivation's options: a salt and the rounds.
  let at = MAGIC.length;
  const field = (from: Buffer): Buffer => {
    if (at + 4 > from.length) return Buffer.alloc(0);
    const length = from.readUInt32BE(at);
    at += 4 + length;
    return from.subarray(at - length, at);
  };
  field(bytes);
  field(bytes);
  const options = field(bytes);
  if (options.length < 8) return 0;
  const saltBytes = options.readUInt32BE(0);
  return options.length >= saltBytes + 8 ? options.readUInt32BE(4 + saltBytes) : 0;
}

const MAGIC = Buffer.from("openssh-key-v1\0");

function pairOf(key: KeyObject, comment: string): SshKeyPair {
  const name = comment.replace(/[^\x21-\x7e]/g, "-").slice(0, 64);
  const { type, publicFields, privateFields } = fieldsOf(key.export({ format: "jwk" }), key);
  const blob = Buffer.concat([type, ...publicFields].map(string));
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, ...[type, ...privateFields, name].map(string)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const whole = Buffer.concat([
    MAGIC,
    ...["none", "none", ""].map(string),
    Buffer.from([0, 0, 0, 1]),
    string(blob),
    string(Buffer.concat([secret, padding])),
  ]);
  const lines = whole.toString("base64").match(/.{1,70}/g) ?? [];
  return {
    type,
    privateKey: ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n"),
    publicKey: `${type} ${blob.toString("base64")} ${name}`.trim(),
    fingerprint: fingerprintOf(blob),
  };
}

/** Fields of the public blob and of the private part (OpenSSH, PROTOCOL.key), in their order. */
function fieldsOf(jwk: JsonWebKey, key: KeyObject) {
  const bytes = (name: keyof JsonWebKey): Buffer => Buffer.from(String(jwk[name] ?? ""), "base64url");
  const number = (name: keyof JsonWebKey): Buffer => mpint(bytes(name));
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") {
    const point = bytes("x");
    return {
      type: "ssh-ed25519",
      publicFields: [point],
      privateFields: [point, Buffer.concat([bytes("d"), point])],
    };
  }
  const curve = CURVES[jwk.crv ?? ""];
  if (jwk.kty === "EC" && curve !== undefined) {
    const point = Buffer.concat([Buffer.from([4]), bytes("x"), bytes("y")]);
    return {
      type: `ecdsa-sha2-${curve}`,
      publicFields: [Buffer.from(curve), point],
      privateFields: [Buffer.from(curve), point, number("d")],
    };
  }
  if (jwk.kty === "RSA" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS_MIN) {
    return {
      type: "ssh-rsa",
      publicFields: [number("e"), number("n")],
      privateFields: [number("n"), number("e"), number("d"), number("qi"), number("p"), number("q")],
    };
  }
  throw wrong("privateKey", `This kind of key is not safe or not known. Use ed25519, or RSA of ${RSA_BITS_MIN} bits.`);
}

/** A length and the bytes. */
function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive number: without leading zeros, but with one where the first bit would make it negative. */
function mpint(bytes: Buffer): Buffer {
  const from = bytes.findIndex((byte) => byte !== 0);
  const digits = from < 0 ? Buffer.alloc(0) : bytes.subarray(from);
  return (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits;
}

const wrong = (field: "privateKey" | "passphrase", message: string): MusterError =>
  new MusterError("BAD_REQUEST", { message, fields: { [field]: message } });
