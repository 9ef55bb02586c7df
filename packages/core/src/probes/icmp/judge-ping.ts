import type { ProbeVerdict } from "../probe-verdict.ts";
import type { PingCount } from "./ping-output.ts";

/** Tells what came back and judges it. */
export function judgePing(
  verdict: ProbeVerdict,
  { sent, received, errors, leastMs, averageMs, mostMs, deviationMs }: PingCount,
  { lossMax, slowMs }: { readonly lossMax: number; readonly slowMs: number },
): void {
  const lost = (sent - received) / sent;
  const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000);
  verdict.fact("sent", sent, "count");
  verdict.fact("received", received, "count");
  verdict.fact("lost", lost, "ratio");
  verdict.sample("ping_lost_ratio", lost);
  for (const [of, ms] of [["least", leastMs] as const, ["average", averageMs] as const, ["most", mostMs] as const]) {
    verdict.fact(`roundTrip_${of}`, ms, "milliseconds");
    verdict.sample("ping_round_trip_seconds", seconds(ms), { of });
  }
  verdict.fact("roundTripDeviation", deviationMs, "milliseconds");
  verdict.sample("ping_deviation_seconds", seconds(deviationMs));
  if (received === 0)
    verdict.unhealthy(errors > 0 ? "a machine on the way says that it goes no further" : "no ping came back");
  else if (lost > lossMax) verdict.degraded(`${sent - received} of ${sent} pings did not come back`);
  if (averageMs !== null) verdict.judgeTime(averageMs, slowMs);
}
