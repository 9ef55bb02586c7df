import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { api } from "../api/api.ts";
import { Observable, useObservable } from "../browser/observable.ts";
import { live } from "../live/live.ts";
import { shared } from "../live/shared.ts";
import { applyProbes, NO_PROBES } from "./probes-view.ts";
import type { ProbesView } from "./probes-view.ts";

const all = new Observable<ProbesView>(NO_PROBES);

const listen = shared(() => live.listen<"probes">("probes", (message) => all.set(applyProbes(all.get(), message))));

/** All probes as the live socket tells them; where sockets do not get through they are fetched once. */
export function useProbes(): ProbesView {
  useEffect(() => listen(), []);
  const isWaiting = useObservable(live.state).is === "waiting";
  const view = useObservable(all);
  const first = useQuery({
    queryKey: ["probes"],
    queryFn: ({ signal }) => api("GET /api/v1/probes", { query: {}, signal }),
    enabled: isWaiting && !view.loaded,
  });
  return useMemo(() => {
    if (view.loaded || !first.data) return view;
    return applyProbes(NO_PROBES, { whole: true, probes: first.data.items, removed: [] });
  }, [view, first.data]);
}

/** Forgets everything: somebody else may sign in at this page. */
export const forgetProbes = (): void => all.set(NO_PROBES);
