import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Clock, ProbeVerdict } from "@muster/core";
import { EGRESS_FAILURES, failureOf, peerCertificate, secureOver } from "@muster/node-kit";
import type { PeerCertificate } from "@muster/node-kit";
import { judgeCertificate } from "./certificate.ts";

interface Secured {
  readonly socket: TLSSocket;
  readonly certificate: PeerCertificate | undefined;
  /** False: the other side may be anybody, and is told nothing. */
  readonly mayTalk: boolean;
}

/**
 * TLS over a connection of a probe, with its certificate told and judged. Undefined where none was agreed on; the verdict
 * has the reason then. The stream stays the caller's to destroy.
 */
export async function secured(
  verdict: ProbeVerdict,
  stream: Duplex,
  how: {
    /** Whom the certificate must be for. */
    readonly name: string;
    /** PEM; empty: the system's authorities. */
    readonly ca: string;
    readonly mustBeTrusted: boolean;
    readonly warnDays: number;
    readonly failDays: number;
  },
  clock: Clock,
  signal: AbortSignal,
): Promise<Secured | undefined> {
  const { name, ca, mustBeTrusted } = how;
  const secure = await secureOver(stream, { name, ...(ca !== "" && { ca }) }, signal).catch((error: unknown) => {
    verdict.unhealthy(signal.aborted ? "no answer in time" : EGRESS_FAILURES[failureOf(error)]);
    return undefined;
  });
  if (secure === undefined) return undefined;
  const { socket, problem } = secure;
  const certificate = peerCertificate(socket);
  verdict.fact("tlsVersion", socket.getProtocol() ?? null);
  verdict.fact("trusted", problem === undefined);
  const inTime =
    certificate === undefined || judgeCertificate(verdict, certificate, how, clock.now()) === "in its time";
  if (certificate === undefined) verdict.unhealthy("no certificate was shown");
  // One out of its time is told as such already; one in its time may hang on one that is not.
  if (mustBeTrusted && problem !== undefined && (problem !== "certificate-expired" || inTime))
    verdict.unhealthy(EGRESS_FAILURES[problem]);
  return { socket, certificate, mayTalk: problem === undefined || !mustBeTrusted };
}
