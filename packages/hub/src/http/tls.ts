import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { DAY_MS, MusterError } from "@muster/core";
import type { Clock, Logger } from "@muster/core";
import { fileStamp, spkiSha256, writeFileDurably } from "@muster/node-kit";

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly isSelfMade: boolean;
  /** SHA-256 of the public key (SPKI) that is served, hex: what agents compare. */
  readonly pin: string;
}

const SELF_MADE_DAYS = 3_650;

const pinOf = (cert: string): string => spkiSha256(new X509Certificate(cert));

/** Reads certificate files. Throws CONFIG_INVALID naming the file that is missing or does not fit. */
export function readTlsFiles(certFile: string, keyFile: string): TlsMaterial {
  const read = (path: string, setting: string): string => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      throw new MusterError("CONFIG_INVALID", {
        fields: { [setting]: `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown reason"})` },
      });
    }
  };
  const cert = read(certFile, "tlsCertFile");
  const key = read(keyFile, "tlsKeyFile");
  try {
    createSecureContext({ cert, key });
    return { cert, key, isSelfMade: false, pin: pinOf(cert) };
  } catch (error) {
    throw new MusterError("CONFIG_INVALID", {
      fields: { tlsCertFile: `certificate and key do not fit together (${(error as Error).message})` },
    });
  }
}

/** A certificate of the hub's own, made once and kept: agents know it by the pin their join token leads to. */
export async function openSelfMadeTls(directory: string, hosts: readonly string[], clock: Clock): Promise<TlsMaterial> {
  const certFile = join(directory, "tls.cert.pem");
  const keyFile = join(directory, "tls.key.pem");
  if (!existsSync(keyFile) || !existsSync(certFile)) {
    const now = clock.now();
    // Needed once in a hub's life, and large.
    const { generate } = await import("selfsigned");
    const made = await generate([{ name: "commonName", value: hosts[0] ?? "muster" }], {
      algorithm: "sha256",
      keyType: "ec",
      curve: "P-256",
      notBeforeDate: new Date(now - DAY_MS),
      notAfterDate: new Date(now + SELF_MADE_DAYS * DAY_MS),
      extensions: [
        { name: "basicConstraints", cA: false, critical: true },
        { name: "keyUsage", digitalSignature: true, critical: true },
        { name: "extKeyUsage", serverAuth: true },
        {
          name: "subjectAltName",
          altNames: hosts.map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })),
        },
      ],
    });
    // Each replaces what a half-finished start may have left.
    writeFileDurably(keyFile, made.private);
    writeFileDurably(certFile, made.cert);
  }
  const cert = readFileSync(certFile, "utf8");
  return { cert, key: readFileSync(keyFile, "utf8"), isSelfMade: true, pin: pinOf(cert) };
}

/** Tells when the certificate files were renewed. Call `check` about once a minute. A bad pair is logged and the old one stays. */
export class TlsFileWatch {
  #stamp: string;
  readonly #files: readonly [string, string];
  readonly #log: Logger;
  readonly #apply: (material: TlsMaterial) => void;

  constructor(
    files: readonly [string, string],
    deps: { readonly log: Logger; readonly apply: (material: TlsMaterial) => void },
  ) {
    this.#files = files;
    this.#log = deps.log;
    this.#apply = deps.apply;
    this.#stamp = stampOf(files);
  }

  check(): void {
    const stamp = stampOf(this.#files);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#apply(readTlsFiles(...this.#files));
      this.#log.info("the TLS certificate was renewed");
    } catch (error) {
      this.#log.error("the renewed TLS certificate cannot be used; the old one stays", { error });
    }
  }
}

const stampOf = (files: readonly string[]): string => files.map(fileStamp).join(" ");
