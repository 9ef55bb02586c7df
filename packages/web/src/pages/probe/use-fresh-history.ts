import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { browserClock } from "../../browser/clock.ts";
import { requestSpan } from "../../charts/chart-range.ts";
import type { ChartRange } from "../../charts/chart-range.ts";

/** A result is told at once and stored a moment later, together with those of others. */
const STORED_AFTER_MS = 1_500;

/** Asks for stored history again after a result of a probe has come, no more often than the charts have a new step. */
export function useFreshHistory(probeId: string, lastAt: number | null, range: ChartRange, intervalMs: number): void {
  const queries = useQueryClient();
  const askedAtMs = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (lastAt === null || range.is !== "live") return;
    const { stepMs } = requestSpan(range, intervalMs, 0);
    const waitMs = Math.max(STORED_AFTER_MS, askedAtMs.current + stepMs - browserClock.monotonic());
    const timer = browserClock.after(waitMs, () => {
      askedAtMs.current = browserClock.monotonic();
      void queries.invalidateQueries({
        queryKey: ["metrics", "now"],
        predicate: ({ queryKey }) => String(queryKey[2]).startsWith(`${probeId} `),
      });
    });
    return () => timer.cancel();
  }, [queries, probeId, lastAt, range, intervalMs]);
}
