import type { TLSSocket } from "node:tls";
import { plainText } from "@muster/core";
import type { Instant } from "@muster/core";

/** The certificate that the other side of a connection showed. Texts are its own, bounded. */
export interface PeerCertificate {
  /** Common name, or the first other name. */
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: Instant;
  readonly validUntil: Instant;
  /** SHA-256, hex in upper case with colons. */
  readonly fingerprint: string;
  /** All names that it is for, as the certificate writes them. */
  readonly names: readonly string[];
}

const NAMES_MAX = 30;

/** Undefined where none was shown or its times cannot be read. */
export function peerCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const shown = socket.getPeerCertificate();
  const validFrom = Date.parse(shown.valid_from ?? "");
  const validUntil = Date.parse(shown.valid_to ?? "");
  if (Number.isNaN(validFrom) || Number.isNaN(validUntil)) return undefined;
  const names = (shown.subjectaltname ?? "")
    .split(", ")
    .slice(0, NAMES_MAX)
    .map((name) => plainText(name.replace(/^(?:DNS|IP Address):/, "")));
  return {
    subject: firstOf(shown.subject?.CN) ?? names[0] ?? "",
    issuer: firstOf(shown.issuer?.CN) ?? firstOf(shown.issuer?.O) ?? "",
    ...{ validFrom, validUntil, names },
    fingerprint: shown.fingerprint256 ?? "",
  };
}

function firstOf(told: string | string[] | undefined): string | undefined {
  const [text] = told === undefined ? [] : [told].flat();
  return text === undefined ? undefined : plainText(text);
}
