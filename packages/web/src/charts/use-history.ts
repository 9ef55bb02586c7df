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
  const questions = spec.members.map((member): Question => ({ member, of: member.rate ? "rate" : "avg" }));
  if (hasBand(spec, stepMs)) {
    questions.push(...spec.members.flatMap((member): Question[] => EDGES.map((of) => ({ member, of }))));
  }
  return useQueries({
    queries: questions.map(({ member, of }) => ({
      queryKey: ["metrics", serverId, member.metric, of, formatRange(range), finestMs, welcomes] as const,
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
            function: of,
          },
          signal,
        });
        const { from, stepMs: answeredStepMs, series } = answer;
        const edge = of === "min" ? { edge: "low" as const } : of === "max" ? { edge: "high" as const } : {};
        return { metric: member.metric, ...edge, from, stepMs: answeredStepMs, series };
      },
    })),
    combine: combineHistories,
  });
}

interface Question {
  readonly member: ChartSpec["members"][number];
  readonly of: "avg" | "rate" | "min" | "max";
}

const EDGES = ["min", "max"] as const;

/** Longer steps than this put several readings into one mean, which hides their extremes. */
const BAND_STEP_MS = 30_000;

/** Bands of several metrics would cover each other, and a rate within a step has no least and greatest to ask for. */
const hasBand = (spec: ChartSpec, stepMs: number): boolean =>
  stepMs > Math.max(BAND_STEP_MS, spec.everyMs) &&
  !spec.stacked &&
  spec.members.length === 1 &&
  !spec.members[0]!.rate &&
  !spec.members[0]!.mirrored;

function combineHistories(results: readonly UseQueryResult<History>[]): Histories {
  return {
    histories: results.map((result) => result.data).filter((answer) => answer !== undefined),
    loading: results.some((result) => result.isPending && result.fetchStatus === "fetching"),
    error: results.find((result) => result.error)?.error,
  };
}
