import { judgeTailscale, parseTailscaleStatus, ProbeVerdict, PullTextError } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { askTailscaled } from "./local-api.ts";
import type { LocalAnswer } from "./local-api.ts";

/** The one place, which nobody can set: whoever makes probes must not reach other sockets of this machine. */
const SOCKET_PATH = "/var/run/tailscale/tailscaled.sock";

const WORDS: Readonly<Record<Extract<LocalAnswer, { ok: false }>["why"], string>> = {
  absent: "tailscaled does not run on the hub's machine",
  denied: "the hub may not speak to tailscaled: let its user in with `tailscale set --operator=USER`",
  "timed-out": "tailscaled takes the question and does not answer in time",
  "too-long": "the answer of tailscaled is longer than 8 MiB",
  failed: "the connection to tailscaled was cut",
};

/** Reads the Tailscale of the hub's own machine. */
export function createTailscaleProbe(
  settings: ProbeSettingsOf<"tailscale">,
  { clock }: Pick<ProbeDeps, "clock">,
  socketPath = SOCKET_PATH,
): Probe {
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const begunMs = clock.monotonic();
      const answer = await askTailscaled(socketPath, signal);
      const tookMs = clock.monotonic() - begunMs;
      if (!answer.ok) {
        if (answer.why === "denied") verdict.unknown(WORDS.denied);
        else verdict.unhealthy(WORDS[answer.why]);
        return verdict.result(null, "");
      }
      if (answer.status === 403) {
        verdict.unknown(WORDS.denied);
        return verdict.result(tookMs, "");
      }
      try {
        if (answer.status !== 200) throw new PullTextError(`tailscaled answers ${answer.status} instead of 200`);
        return verdict.result(
          tookMs,
          judgeTailscale(verdict, parseTailscaleStatus(answer.text), settings, clock.now()),
        );
      } catch (error) {
        if (!(error instanceof PullTextError)) throw error;
        verdict.unhealthy(error.message);
        return verdict.result(tookMs, "");
      }
    },
  };
}
