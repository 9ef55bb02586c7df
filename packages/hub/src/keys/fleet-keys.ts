import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DAY_MS, MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import {
  createFileDurably,
  ensurePrivateDirectory,
  exportPrivateKey,
  generateKeys,
  importPrivateKey,
  randomHex,
  readPrivateFile,
  seal,
  sha256Hex,
  sign,
  toBase64url,
  unseal,
  writeFileDurably,
} from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { Context, Field, HubCertificate } from "@muster/protocol";

const HUB_CERTIFICATE_MS = 90 * DAY_MS;
const RENEW_BEFORE_MS = 7 * DAY_MS;

/** The fleet root R, the hub's own key H with its certificate by R, and the key-encryption key. */
export interface FleetKeys {
  readonly kek: Uint8Array;
  /** SHA-256 of R's public key, hex; its first half is the pin in join tokens. */
  readonly rootHash: string;
  readonly hubPub: Uint8Array;
  /** JSON text of the certificate, exactly as it is sent and hashed; another one once the present one nears its end. */
  readonly certificateText: string;
  readonly hubId: string;
  /** Signature by H over H(context, fields). */
  readonly sign: (context: Context, fields: readonly Field[]) => Uint8Array;
}

/**
 * Opens the keys of a data directory, or makes them at the very first start. Throws KEY_MISSING when sealed keys are
 * there and the key-encryption key is not or is another one: nothing is ever made anew over existing keys.
 */
export function openFleetKeys(places: { readonly dataDir: string; readonly kekFile: string }, clock: Clock): FleetKeys {
  const directory = join(places.dataDir, "keys");
  const problem = ensurePrivateDirectory(directory);
  if (problem)
    throw new MusterError("DATA_DIRECTORY_UNSAFE", { message: `The key directory cannot be used: ${problem}.` });
  const hasKeys = readdirSync(directory).some((name) => name.endsWith(".sealed"));
  const kek = openKek(places.kekFile, hasKeys);
  const root = openSealedKey(join(directory, "root.sealed"), kek, "fleet root", hasKeys);
  const hub = openSealedKey(join(directory, "hub.sealed"), kek, "hub key", hasKeys);
  const certificateFile = join(directory, "hub.cert.json");
  let text = openCertificate(certificateFile, root, hub, clock);
  let certificate = JSON.parse(text) as HubCertificate;
  return {
    kek,
    rootHash: sha256Hex(root.publicDer),
    hubPub: hub.publicDer,
    // Looked at by every greeting, because a hub may run longer than its certificate.
    get certificateText() {
      if (!isInTime(certificate, clock)) {
        text = openCertificate(certificateFile, root, hub, clock);
        certificate = JSON.parse(text) as HubCertificate;
      }
      return text;
    },
    hubId: certificate.hubId,
    sign: (context, fields) => sign(hub.privateKey, contextBytes(context, fields)),
  };
}

function openKek(path: string, hasKeys: boolean): Uint8Array {
  if (!existsSync(path)) {
    if (hasKeys)
      throw new MusterError("KEY_MISSING", {
        message: `The key-encryption key ${path} is missing, and the keys in the data directory need it; put it back (setting kekFile).`,
      });
    // Not private: an agent on the same server has its policy in the same directory. The key itself is.
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    createFileDurably(path, randomBytes(32), 0o400);
  }
  let kek: Uint8Array;
  try {
    kek = readPrivateFile(path);
  } catch (error) {
    throw new MusterError(
      "KEY_MISSING",
      { message: `The key-encryption key cannot be used: ${(error as Error).message}.` },
      error,
    );
  }
  if (kek.length !== 32)
    throw new MusterError("KEY_MISSING", { message: `The key-encryption key ${path} must hold exactly 32 bytes.` });
  return kek;
}

function openSealedKey(path: string, kek: Uint8Array, name: string, hasKeys: boolean): KeyPair {
  if (!existsSync(path)) {
    if (hasKeys && name === "fleet root")
      throw new MusterError("KEY_MISSING", {
        message: `The sealed ${name} ${path} is missing; restore the data directory from a backup.`,
      });
    const made = generateKeys();
    createFileDurably(path, seal(kek, exportPrivateKey(made.privateKey), name));
    return made;
  }
  const plain = unseal(kek, readSealed(path, name), name);
  if (!plain)
    throw new MusterError("KEY_MISSING", {
      message: `The ${name} does not open with this key-encryption key; use the one this data directory was made with.`,
    });
  return importPrivateKey(plain);
}

function readSealed(path: string, name: string): Uint8Array {
  try {
    return readPrivateFile(path);
  } catch (error) {
    throw new MusterError(
      "DATA_DIRECTORY_UNSAFE",
      { message: `The sealed ${name} cannot be used: ${(error as Error).message}.` },
      error,
    );
  }
}

/** With time left, and not from a future that the machine's clock has come back from. */
const isInTime = ({ notBefore, notAfter }: HubCertificate, clock: Clock): boolean =>
  notAfter - clock.now() > RENEW_BEFORE_MS && notBefore - clock.now() < DAY_MS;

/** The certificate in the file while it is for this key and has time left, else a new one by R. Agents need do nothing. */
function openCertificate(path: string, root: KeyPair, hub: KeyPair, clock: Clock): string {
  const hubPub = toBase64url(hub.publicDer);
  let hubId: string | undefined;
  if (existsSync(path)) {
    const text = readFileSync(path, "utf8");
    const certificate = parseCertificate(text);
    hubId = certificate?.hubId;
    if (certificate?.hubPub === hubPub && isInTime(certificate, clock)) return text;
  }
  hubId ??= randomHex(16);
  const notBefore = clock.now();
  const notAfter = notBefore + HUB_CERTIFICATE_MS;
  const signature = sign(root.privateKey, contextBytes("hubcert", [hub.publicDer, hubId, notBefore, notAfter]));
  const certificate: HubCertificate = {
    rootPub: toBase64url(root.publicDer),
    hubPub,
    hubId,
    notBefore,
    notAfter,
    sig: toBase64url(signature),
  };
  const text = JSON.stringify(certificate);
  writeFileDurably(path, text);
  chmodSync(path, 0o600);
  return text;
}

/** A damaged certificate is no loss: the root signs another one. */
function parseCertificate(text: string): HubCertificate | undefined {
  try {
    return JSON.parse(text) as HubCertificate;
  } catch {
    return undefined;
  }
}
