import { useEffect } from "react";
import { api } from "../api/api.ts";
import { Observable, useObservable } from "../browser/observable.ts";
import { live } from "../live/live.ts";
import { applyFleet, EMPTY_FLEET } from "./fleet-view.ts";
import type { FleetView } from "./fleet-view.ts";

const fleet = new Observable<FleetView>(EMPTY_FLEET);

/** The fleet as the live socket tells it; before its first word, what one request answers. */
export function useFleet(): FleetView {
  useEffect(() => {
    const aborter = new AbortController();
    if (!fleet.get().loaded) {
      api("GET /api/v1/servers", { signal: aborter.signal }).then(
        (answer) => {
          if (!fleet.get().loaded)
            fleet.set(applyFleet(EMPTY_FLEET, { whole: true, servers: answer.items, removed: [] }));
        },
        // The live socket brings the same; the banner tells when the hub is away.
        () => undefined,
      );
    }
    const leave = live.listen<"fleet">("fleet", (message) => fleet.set(applyFleet(fleet.get(), message)));
    return () => {
      aborter.abort();
      leave();
    };
  }, []);
  return useObservable(fleet);
}

/** Forgets everything: somebody else may sign in at this page. */
export const forgetFleet = (): void => fleet.set(EMPTY_FLEET);
