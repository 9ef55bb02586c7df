import { ProbeVerdict } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { secured } from "../secured.ts";

/** Shakes hands and looks at the certificate; sends nothing. */
export function createTlsProbe(settings: ProbeSettingsOf<"tls">, { way, clock }: ProbeDeps): Probe {
  const { host, port, serverName } = settings;
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
        const secure = await secured(verdict, answer.socket, { ...settings, name }, clock, signal);
        if (secure === undefined) return verdict.result(null, "");
        const { subject = "", issuer = "" } = secure.certificate ?? {};
        return verdict.result(answer.durationMs + clock.monotonic() - startedMs, `for ${subject}, by ${issuer}`);
      } finally {
        answer.socket.destroy();
      }
    },
  };
}
