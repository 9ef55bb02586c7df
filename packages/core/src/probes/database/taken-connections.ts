import type { ProbeVerdict } from "../probe-verdict.ts";
import { spokenRatio } from "./spoken.ts";

/** Tells how many of the connections that a server allows are taken, and when that is more than `mostRatio`; 0: not judged. */
export function judgeTakenConnections(
  verdict: ProbeVerdict,
  kind: "postgres" | "mariadb",
  { used, allowed }: { readonly used: number | null; readonly allowed: number | null },
  mostRatio: number,
): void {
  const ratio = used === null || allowed === null ? null : used / allowed;
  verdict.sample(`${kind}_connections_max`, allowed);
  verdict.sample(`${kind}_connections_used_ratio`, ratio);
  verdict.fact("connections", used, "count");
  verdict.fact("connectionsMax", allowed, "count");
  verdict.fact("connectionsUsed", ratio, "ratio");
  if (ratio !== null && mostRatio > 0 && ratio > mostRatio)
    verdict.degraded(
      `${used} of ${allowed} connections are taken (${spokenRatio(ratio)}) instead of at most ${spokenRatio(mostRatio)}`,
    );
}
