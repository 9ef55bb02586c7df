import { parseSshBanner, plainText } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import { hear, SILENCES } from "../conversation.ts";
import { overConnection } from "../over-connection.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { hostKeyOver } from "./host-key-over.ts";

const BANNER_BYTES_MAX = 8 * 1024;

/** Reads how a server presents itself and, if a fingerprint is wanted, agrees on keys until it shows its own; then it leaves. */
export function createSshProbe(settings: ProbeSettingsOf<"ssh">, deps: ProbeDeps): Probe {
  const { text, fingerprint, slowMs } = settings;
  return {
    run: (signal) =>
      overConnection(settings, deps, signal, async (verdict, socket, tookMs) => {
        const said = await hear(socket, BANNER_BYTES_MAX, bannerAnd, signal);
        if (said.is !== "said") verdict.unhealthy(SILENCES[said.is]);
        else if (said.what.banner === "not-ssh") verdict.unhealthy("what answers is no SSH");
        if (said.is !== "said" || said.what.banner === "not-ssh") return verdict.result(null, "");
        const { protocol, software, comment } = said.what.banner;
        const bannerMs = tookMs();
        const shown = [software, comment].filter(Boolean).join(" ");
        verdict.fact("protocol", protocol);
        verdict.fact("software", software);
        verdict.fact("comment", comment);
        // 1.99: of old ones that can do both.
        if (protocol !== "2.0" && protocol !== "1.99") verdict.unhealthy(`protocol ${protocol} instead of 2.0`);
        else if (text !== "" && !shown.includes(text))
          verdict.unhealthy(`it says ${shown} instead of ${plainText(text, 60)}`);
        else if (fingerprint !== "") {
          // The one who reads the key reads all from the beginning.
          socket.unshift(Buffer.from(said.what.all, "latin1"));
          const seen = await hostKeyOver(socket, signal);
          verdict.fact("fingerprint", seen ?? null);
          if (seen === undefined)
            verdict.unhealthy(signal.aborted ? "it shows no host key in time" : "no host key could be agreed on");
          else if (seen !== fingerprint)
            verdict.unhealthy(`its host key is ${seen} instead of ${plainText(fingerprint, 60)}`);
        }
        verdict.judgeTime(bannerMs, slowMs);
        return verdict.result(bannerMs, `${shown} in ${Math.round(bannerMs)} ms`);
      }),
  };
}

function bannerAnd(
  all: string,
): { readonly banner: NonNullable<ReturnType<typeof parseSshBanner>>; readonly all: string } | undefined {
  const banner = parseSshBanner(all);
  return banner && { banner, all };
}
