import { useEffect } from "react";
import { api } from "../api/api.ts";
import { Observable, useObservable } from "../browser/observable.ts";
import { live } from "../live/live.ts";
import { applyFleet, EMPTY_FLEET } from "./fleet-view.ts";
import type { FleetView } from "./fleet-view.ts";

const fleet = new Observable<FleetView>(EMPTY_FLEET);

/** The fleet as the live socket tells it. Where sockets do not get through, it is at least fetched once. */
export function useFleet(): FleetView {
  useEffect(() => live.listen<"fleet">("fleet", (message) => fleet.set(applyFleet(fleet.get(), message))), []);
  const isWaiting = useObservable(live.state).is === "waiting";
  useEffect(() => {
    if (!isWaiting || fleet.get().loaded) return;
    const aborter = new AbortController();
    api("GET /api/v1/servers", { signal: aborter.signal }).then(
      (answer) => {
        if (!fleet.get().loaded)
          fleet.set(applyFleet(EMPTY_FLEET, { whole: true, servers: answer.items, removed: [] }));
      },
      // The banner tells when the hub is away.
      () => undefined,
    );
    return () => aborter.abort();
  }, [isWaiting]);
  return useObservable(fleet);
}

/** Forgets everything: somebody else may sign in at this page. */
export const forgetFleet = (): void => fleet.set(EMPTY_FLEET);
