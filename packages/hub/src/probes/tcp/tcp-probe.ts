import type { ProbeSettingsOf } from "@muster/core";
import { firstBytes } from "../first-bytes.ts";
import { overConnection } from "../over-connection.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

const ANSWER_BYTES_MAX = 16 * 1024;

/** Connects; may say something and look for a text in the answer. */
export function createTcpProbe(settings: ProbeSettingsOf<"tcp">, deps: ProbeDeps): Probe {
  const { send, text, slowMs } = settings;
  return {
    run: (signal) =>
      overConnection(settings, deps, signal, async (verdict, socket, tookMs) => {
        const connectedMs = tookMs();
        if (send !== "") socket.write(send);
        if (text !== "") {
          const found = await firstBytes(socket, ANSWER_BYTES_MAX, (bytes) => bytes.includes(text), signal);
          if (found !== "found") verdict.unhealthy(NOT_FOUND[found]);
        }
        const allMs = tookMs();
        verdict.judgeTime(allMs, slowMs);
        verdict.fact("connected", connectedMs, "milliseconds");
        return verdict.result(allMs, `connected in ${Math.round(connectedMs)} ms`);
      }),
  };
}

const NOT_FOUND = {
  ended: "it ended without the text looked for",
  "too-much": "the text looked for is not in the first 16 KiB that it says",
  aborted: "the text looked for did not come in time",
} as const;
