import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../api/api.ts";
import { useObservable } from "../browser/observable.ts";
import { live } from "../live/live.ts";
import { rangeOf } from "./calendar.ts";
import type { Month } from "./calendar.ts";
import { useTasks } from "./tasks.ts";
import { mergeRuns } from "./tasks-view.ts";
import type { Run } from "./tasks-view.ts";

const PAGE_RUNS = 50;
const MONTH_PAGE_RUNS = 500;
/** So many pages of a month are read: a task of every minute has more runs than anybody counts. */
const MONTH_PAGES_MAX = 6;

/** Runs of a task, newest first: what is stored, page by page, and what comes live. */
export function useStoredRuns(taskId: string) {
  const { runs: told } = useTasks();
  const welcomes = useObservable(live.welcomes);
  const stored = useInfiniteQuery({
    // A connection that is new may have missed the end of some.
    queryKey: ["runs", taskId, welcomes],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      api("GET /api/v1/runs", { query: { task: taskId, before: pageParam, limit: PAGE_RUNS }, signal }),
    placeholderData: (previous, query) => (query?.queryKey[1] === taskId ? previous : undefined),
    getNextPageParam: (page) => (page.items.length < PAGE_RUNS ? undefined : page.items.at(-1)?.id),
  });
  const runs = useMemo(
    () => mergeRuns(stored.data?.pages.flatMap(({ items }) => items) ?? [], ofTask(told, taskId)),
    [stored.data, told, taskId],
  );
  return { runs, stored };
}

interface MonthRuns {
  readonly runs: readonly Run[];
  readonly isWhole: boolean;
}

/** Runs of a task in a month, and whether those that are older than the oldest of them were too many to be read. */
export function useMonthRuns(taskId: string, month: Month) {
  const { runs: told } = useTasks();
  const welcomes = useObservable(live.welcomes);
  const { from, until } = rangeOf(month);
  const stored = useQuery({
    queryKey: ["runs", taskId, welcomes, month],
    placeholderData: (previous: MonthRuns | undefined, query) =>
      query?.queryKey[1] === taskId && query.queryKey[3] === month ? previous : undefined,
    async queryFn({ signal }): Promise<MonthRuns> {
      const runs: Run[] = [];
      for (let page = 0; page < MONTH_PAGES_MAX; page++) {
        const query = { task: taskId, from, until, before: runs.at(-1)?.id, limit: MONTH_PAGE_RUNS };
        const { items } = await api("GET /api/v1/runs", { query, signal });
        runs.push(...items);
        if (items.length < MONTH_PAGE_RUNS) return { runs, isWhole: true };
      }
      return { runs, isWhole: false };
    },
  });
  const runs = useMemo(
    () =>
      mergeRuns(
        stored.data?.runs ?? [],
        ofTask(told, taskId).filter(({ slot, slotLast }) => slotLast >= from && slot < until),
      ),
    [stored.data, told, taskId, from, until],
  );
  return { runs, isWhole: stored.data?.isWhole ?? true, error: stored.error };
}

const ofTask = (runs: readonly Run[], id: string): readonly Run[] => runs.filter(({ taskId }) => taskId === id);
