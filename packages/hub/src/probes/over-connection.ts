import type { Duplex } from "node:stream";
import { ProbeVerdict } from "@muster/core";
import type { ProbeResult } from "@muster/core";
import type { ProbeDeps } from "./probe-kind.ts";

/**
 * One look over a connection of its own, which ends with it; where there is none the target is unhealthy. `tookMs` tells
 * how long all has taken, connecting included.
 */
export async function overConnection(
  { host, port }: { readonly host: string; readonly port: number },
  { way, clock }: Pick<ProbeDeps, "way" | "clock">,
  signal: AbortSignal,
  look: (verdict: ProbeVerdict, socket: Duplex, tookMs: () => number) => Promise<ProbeResult>,
): Promise<ProbeResult> {
  const verdict = new ProbeVerdict();
  const connected = await way.connect(host, port, signal);
  if (!connected.ok) {
    verdict.unhealthy(connected.detail);
    return verdict.result(null, "");
  }
  const { socket, durationMs } = connected;
  const startedMs = clock.monotonic();
  try {
    return await look(verdict, socket, () => durationMs + clock.monotonic() - startedMs);
  } finally {
    socket.destroy();
  }
}
