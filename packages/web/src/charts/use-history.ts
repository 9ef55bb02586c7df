import { useQuery } from "@tanstack/react-query";
import type { CombineFunction } from "@muster/core";
import type { QueryAnswer } from "@muster/protocol";
import { api } from "../api/api.ts";
import { useObservable } from "../browser/observable.ts";
import { hubNow, live } from "../live/live.ts";
import { formatRange, periodShiftMs, requestSpan } from "./chart-range.ts";
import type { ChartRange } from "./chart-range.ts";

/** How often a chart that moves on looks at the stored history again, at least. */
const REFRESH_MS = 60_000;

/** Whose readings: those of a server, or of a probe. */
export type MetricSubject = { readonly server: string } | { readonly probe: string };

/** Everything of a metric query but its time. */
export interface MetricChoice {
  /** Ids separated by commas. */
  readonly server?: string;
  /** Ids separated by commas, instead of servers. */
  readonly probe?: string;
  readonly tag?: string;
  readonly fleet?: "true";
  /** Names separated by commas. */
  readonly metric: string;
  /** JSON object of label values that must be equal. */
  readonly labels?: string;
  readonly by?: "server" | "tag" | "all";
  readonly combine?: CombineFunction;
  readonly top?: number;
  readonly bands?: "true";
}

export interface HistoryRequest {
  /** What is asked for, told apart in the cache. */
  readonly name: string;
  /** Called at each asking, so that a filter that moves asks for what it holds then. */
  readonly choose: () => MetricChoice;
  readonly range: ChartRange;
  readonly finestMs: number;
  /** Which of both: the range itself, or the one of the same length before it. */
  readonly period: "now" | "before";
  readonly enabled: boolean;
}

export interface StoredHistory {
  readonly answer: QueryAnswer | undefined;
  /** `older`: what is shown belongs to another range, until its own answer is here. */
  readonly state: "loading" | "older" | "shown";
  readonly error: unknown;
  /** How far the answer lies before what it is compared with; 0 for the range itself. */
  readonly shiftMs: number;
}

interface Fetched {
  readonly answer: QueryAnswer;
  readonly shiftMs: number;
}

/** What the hub stored for one chart, in one request. After the link came back it is asked again, so that the gap is filled. */
export function useHistory(request: HistoryRequest): StoredHistory {
  const { name, choose, range, finestMs, period, enabled } = request;
  const welcomes = useObservable(live.welcomes);
  const { stepMs } = requestSpan(range, finestMs, 0);
  const query = useQuery<Fetched>({
    queryKey: ["metrics", period, name, formatRange(range), finestMs, welcomes] as const,
    enabled,
    staleTime: REFRESH_MS / 2,
    gcTime: REFRESH_MS,
    refetchInterval: range.is === "live" ? Math.max(REFRESH_MS, stepMs) : (false as const),
    // The old picture stays until the new one is here, but never that of something else.
    placeholderData: (old, oldQuery) => (oldQuery?.queryKey[2] === name ? old : undefined),
    async queryFn({ signal }) {
      const span = requestSpan(range, finestMs, hubNow());
      const shiftMs = period === "before" ? periodShiftMs(range, span.stepMs) : 0;
      const query = { ...choose(), from: span.from - shiftMs, to: span.to - shiftMs, step: span.stepMs };
      return { answer: await api("GET /api/v1/metrics/query", { query, signal }), shiftMs };
    },
  });
  return {
    answer: query.data?.answer,
    shiftMs: query.data?.shiftMs ?? 0,
    state: query.isPlaceholderData ? "older" : query.data || !query.isFetching ? "shown" : "loading",
    error: query.error,
  };
}

/** Longer steps than this put several readings into one point, which hides their extremes. */
const BAND_STEP_MS = 30_000;

/** Whether the steps are longer than the readings are apart, so that a band tells more than the line. */
export const hasBands = (stepMs: number, everyMs: number): boolean => stepMs > Math.max(BAND_STEP_MS, everyMs);
