import { ProbeVerdict } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import { firstBytes } from "../first-bytes.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

const ANSWER_BYTES_MAX = 16 * 1024;

/** Connects; may say something and look for a text in the answer. */
export function createTcpProbe(settings: ProbeSettingsOf<"tcp">, { way, clock }: ProbeDeps): Probe {
  const { host, port, send, text, slowMs } = settings;
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const answer = await way.connect(host, port, signal);
      if (!answer.ok) {
        verdict.unhealthy(answer.detail);
        return verdict.result(null, "");
      }
      const { socket, durationMs } = answer;
      try {
        const startedMs = clock.monotonic();
        if (send !== "") socket.write(send);
        if (text !== "") {
          const found = await firstBytes(socket, ANSWER_BYTES_MAX, (bytes) => bytes.includes(text), signal);
          if (found !== "found")
            verdict.unhealthy(
              found === "ended" ? "it ended without the text looked for" : "the text looked for did not come in time",
            );
        }
        const tookMs = durationMs + clock.monotonic() - startedMs;
        verdict.judgeTime(tookMs, slowMs);
        verdict.fact("connected", durationMs, "milliseconds");
        return verdict.result(tookMs, `connected in ${Math.round(durationMs)} ms`);
      } finally {
        socket.destroy();
      }
    },
  };
}
