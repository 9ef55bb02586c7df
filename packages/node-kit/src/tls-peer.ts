import { createHash } from "node:crypto";
import type { X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";

/** What TLS says of the other side of a connection. */
export type TlsPeer =
  | { readonly is: "none" }
  | { readonly is: "tls"; readonly isVerified: boolean; readonly why: string; readonly spkiSha256: string };

/** What TLS says of who answered. `why` tells what is wrong with its certificate. */
export function tlsPeerOf(connection: Duplex): TlsPeer {
  // Not `instanceof`: importing node:tls by name evaluates its list of root certificates, which takes a megabyte.
  if (!("getPeerX509Certificate" in connection)) return { is: "none" };
  const socket = connection as TLSSocket;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined)
    return { is: "tls", isVerified: false, why: "it shows no certificate", spkiSha256: "" };
  const why = socket.authorized ? "" : String(socket.authorizationError);
  return { is: "tls", isVerified: socket.authorized, why, spkiSha256: spkiSha256(certificate) };
}

/** The pin of a certificate's key, hex. */
export const spkiSha256 = (certificate: X509Certificate): string =>
  createHash("sha256")
    .update(certificate.publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
