import { useQueries } from "@tanstack/react-query";
import type { UseQueryResult } from "@tanstack/react-query";
import { api } from "../api/api.ts";
import { useObservable } from "../browser/observable.ts";
import { hubNow, live } from "../live/live.ts";
import { formatRange, requestSpan } from "./chart-range.ts";
import type { ChartRange } from "./chart-range.ts";
import type { History } from "./chart-frame.ts";
import type { ChartSpec } from "./chart-spec.ts";

/** How often a chart that moves on looks at the stored history again, at least. */
const REFRESH_MS = 60_000;

export interface Histories {
  readonly histories: readonly History[];
  readonly loading: boolean;
  readonly error: unknown;
}

/** What the hub stored for one chart. After the link came back it is asked again, so that the gap is filled. */
export function useHistory(
  serverId: string,
  spec: ChartSpec,
  range: ChartRange,
  finestMs: number,
  wanted: boolean,
): Histories {
  const welcomes = useObservable(live.welcomes);
  const { stepMs } = requestSpan(range, finestMs, 0);
  return useQueries({
    queries: spec.members.map((member) => ({
      queryKey: ["metrics", serverId, member.metric, formatRange(range), finestMs, welcomes] as const,
      enabled: wanted,
      staleTime: REFRESH_MS / 2,
      gcTime: REFRESH_MS,
      refetchInterval: range.is === "live" ? Math.max(REFRESH_MS, stepMs) : (false as const),
      placeholderData: (previous: History | undefined) => previous,
      async queryFn({ signal }: { signal: AbortSignal }): Promise<History> {
        const span = requestSpan(range, finestMs, hubNow());
        const answer = await api("GET /api/v1/metrics/query", {
          query: {
            server: serverId,
            metric: member.metric,
            from: span.from,
            to: span.to,
            step: span.stepMs,
            function: member.rate ? "rate" : "avg",
          },
          signal,
        });
        return { metric: member.metric, from: answer.from, stepMs: answer.stepMs, series: answer.series };
      },
    })),
    combine: combineHistories,
  });
}

function combineHistories(results: readonly UseQueryResult<History>[]): Histories {
  return {
    histories: results.map((result) => result.data).filter((answer) => answer !== undefined),
    loading: results.some((result) => result.isPending && result.fetchStatus === "fetching"),
    error: results.find((result) => result.error)?.error,
  };
}
