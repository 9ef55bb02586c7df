import { ProbeVerdict } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import { EGRESS_FAILURES, failureOf, peerCertificate, secureOver } from "@muster/node-kit";
import { judgeCertificate } from "../certificate.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

/** Shakes hands and looks at the certificate; sends nothing. */
export function createTlsProbe(settings: ProbeSettingsOf<"tls">, { way, clock }: ProbeDeps): Probe {
  const { host, port, serverName, mustBeTrusted, ca } = settings;
  const name = serverName === "" ? host : serverName;
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const answer = await way.connect(host, port, signal);
      if (!answer.ok) {
        verdict.unhealthy(answer.detail);
        return verdict.result(null, "");
      }
      const startedMs = clock.monotonic();
      try {
        const { socket, problem } = await secureOver(answer.socket, { name, ...(ca !== "" && { ca }) }, signal);
        const tookMs = answer.durationMs + clock.monotonic() - startedMs;
        const certificate = peerCertificate(socket);
        verdict.fact("tlsVersion", socket.getProtocol() ?? null);
        verdict.fact("trusted", problem === undefined);
        if (certificate === undefined) verdict.unhealthy("no certificate was shown");
        else judgeCertificate(verdict, certificate, settings, clock.now());
        // An ended one is told as such already.
        if (mustBeTrusted && problem !== undefined && problem !== "certificate-expired")
          verdict.unhealthy(EGRESS_FAILURES[problem]);
        return verdict.result(
          tookMs,
          certificate === undefined ? "" : `for ${certificate.subject}, by ${certificate.issuer}`,
        );
      } catch (error) {
        verdict.unhealthy(signal.aborted ? "no answer in time" : EGRESS_FAILURES[failureOf(error)]);
        return verdict.result(null, "");
      } finally {
        answer.socket.destroy();
      }
    },
  };
}
