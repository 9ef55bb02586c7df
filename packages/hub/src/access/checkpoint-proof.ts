import { fromBase64url, verify } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { HubCertificate } from "@muster/protocol";
import type { Checkpoint } from "./audit-log.ts";

/** Whether a checkpoint was signed by the hub key that this fleet's root certified. */
export function isFleetCheckpoint(certificateText: string): (checkpoint: Checkpoint) => boolean {
  const certificate = JSON.parse(certificateText) as HubCertificate;
  const hubPub = fromBase64url(certificate.hubPub);
  const isCertified = verify(
    fromBase64url(certificate.rootPub),
    contextBytes("hubcert", [hubPub, certificate.hubId, certificate.notBefore, certificate.notAfter]),
    fromBase64url(certificate.sig),
  );
  return (checkpoint) =>
    isCertified &&
    checkpoint.hubPub === certificate.hubPub &&
    verify(
      hubPub,
      contextBytes("checkpoint", [checkpoint.epoch, checkpoint.seq, checkpoint.hash, checkpoint.time]),
      fromBase64url(checkpoint.sig),
    );
}
