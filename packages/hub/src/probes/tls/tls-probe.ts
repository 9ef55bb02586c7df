import type { ProbeSettingsOf } from "@muster/core";
import { overConnection } from "../over-connection.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { secured } from "../secured.ts";

/** Shakes hands and looks at the certificate; sends nothing. */
export function createTlsProbe(settings: ProbeSettingsOf<"tls">, deps: ProbeDeps): Probe {
  const { host, serverName } = settings;
  const name = serverName === "" ? host : serverName;
  return {
    run: (signal) =>
      overConnection(settings, deps, signal, async (verdict, socket, tookMs) => {
        const secure = await secured(verdict, socket, { ...settings, name }, deps.clock, signal);
        if (secure === undefined) return verdict.result(null, "");
        const { subject = "", issuer = "" } = secure.certificate ?? {};
        return verdict.result(tookMs(), `for ${subject}, by ${issuer}`);
      }),
  };
}
