import { DAY_MS, MINUTE_MS } from "@muster/core";

/** Over how long the share of good results is told. */
export const UPTIME_SPANS = [
  { key: "24h", lengthMs: DAY_MS },
  { key: "7d", lengthMs: 7 * DAY_MS },
  { key: "30d", lengthMs: 30 * DAY_MS },
] as const;

/** What to ask the history for: all of a span as one step, up to the last whole minute so that the answer can be kept. */
export function uptimeQuery(probeId: string, lengthMs: number, now: number) {
  const to = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  return {
    probe: probeId,
    metric: "probe_health_ratio",
    function: "avg" as const,
    by: "series" as const,
    from: to - lengthMs,
    to,
    step: lengthMs,
  };
}

/** The share in an answer, 0 to 1; null where there is no result. */
export const uptimeOf = (answer: {
  readonly series: readonly { readonly values: readonly (number | null)[] }[];
}): number | null => answer.series[0]?.values.findLast((value) => value !== null) ?? null;

/** 0.99954 as "99.95", rounded down: all is well only when nothing was not. */
export const uptimePercent = (ratio: number): number => Math.floor(ratio * 10_000 + 1e-9) / 100;
