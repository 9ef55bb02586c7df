import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../api/api.ts";
import { useActions } from "./actions.ts";
import { mergeActions } from "./actions-view.ts";

const PAGE_ROWS = 100;

/** Actions of all servers or of one, newest first: what is stored, page by page, and what comes live. */
export function useStoredActions(serverId?: string) {
  const live = useActions();
  const stored = useInfiniteQuery({
    queryKey: ["actions", "stored", serverId],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      api("GET /api/v1/actions", { query: { server: serverId, before: pageParam, limit: PAGE_ROWS }, signal }),
    getNextPageParam: (page) => (page.items.length < PAGE_ROWS ? undefined : page.items.at(-1)?.id),
  });
  const actions = useMemo(
    () =>
      mergeActions(
        stored.data?.pages.flatMap((page) => page.items) ?? [],
        live.filter((action) => serverId === undefined || action.serverId === serverId),
      ),
    [stored.data, live, serverId],
  );
  return { actions, stored };
}
