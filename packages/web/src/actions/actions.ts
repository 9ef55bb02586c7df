import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { api } from "../api/api.ts";
import { useRight } from "../api/use-right.ts";
import { Observable, useObservable } from "../browser/observable.ts";
import { live } from "../live/live.ts";
import { shared } from "../live/shared.ts";
import { isRunning, mergeActions } from "./actions-view.ts";
import type { Action } from "./actions-view.ts";

/** As many actions as the page remembers; more than one request may ask for. */
const KEPT_MAX = 2_000;

const known = new Observable<readonly Action[]>([]);

/** Takes note of what the hub answered. */
export const noteActions = (actions: readonly Action[]): void =>
  known.set(mergeActions(known.get(), actions).slice(0, KEPT_MAX));

export const forgetActions = (): void => known.set([]);

/** Once for all: rows of a list ask too, and each message is merged into thousands. */
const listen = shared(() => live.listen<"actions">("actions", ({ actions }) => noteActions(actions)));

/** The newest actions of all servers, newest first, live. Empty for who may not see them. */
export function useActions(): readonly Action[] {
  const mayRead = useRight("actions.read");
  useEffect(() => (mayRead ? listen() : undefined), [mayRead]);
  return useObservable(known);
}

/** How often actions that still run are asked for while nothing comes live. */
const ASK_AGAIN_MS = 2_000;

/** The actions that were asked for together, until all have ended: live, and asked for where the socket does not tell. */
export function useBatch(batchId: string | undefined): readonly Action[] {
  const actions = useActions();
  const mine = useMemo(() => actions.filter((action) => action.batchId === batchId), [actions, batchId]);
  const running = mine.some(isRunning);
  const isLive = useObservable(live.state).is === "open";
  // Each new connection may have missed the end of some.
  const welcomes = useObservable(live.welcomes);
  useQuery({
    queryKey: ["actions", "batch", batchId, welcomes],
    enabled: batchId !== undefined && running,
    refetchInterval: isLive ? false : ASK_AGAIN_MS,
    async queryFn({ signal }) {
      const { items } = await api("GET /api/v1/actions", { query: { batch: batchId, limit: 1_000 }, signal });
      noteActions(items);
      return items;
    },
  });
  return mine;
}
