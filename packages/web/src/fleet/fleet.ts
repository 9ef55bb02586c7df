import type { RouteAnswer } from "@muster/protocol";
import { useEffect } from "react";
import { api } from "../api/api.ts";
import { Observable, useObservable } from "../browser/observable.ts";
import { takeEarly } from "../early-answers.ts";
import { live } from "../live/live.ts";
import { shared } from "../live/shared.ts";
import { applyFleet, EMPTY_FLEET } from "./fleet-view.ts";
import type { FleetView } from "./fleet-view.ts";
import { picked } from "./picked.ts";

const fleet = new Observable<FleetView>(EMPTY_FLEET);

const listen = shared(() => live.listen<"fleet">("fleet", (message) => fleet.set(applyFleet(fleet.get(), message))));

/**
 * The fleet as the live socket tells it. Until the socket speaks it is as the hub answered at the start of the page,
 * and where sockets do not get through it is at least fetched once.
 */
export function useFleet(): FleetView {
  useEffect(() => listen(), []);
  useEffect(() => {
    // Whatever is wrong here the socket will tell.
    takeFirst().catch(() => undefined);
  }, []);
  const isWaiting = useObservable(live.state).is === "waiting";
  useEffect(() => {
    if (!isWaiting || fleet.get().loaded) return;
    const aborter = new AbortController();
    api("GET /api/v1/servers", { signal: aborter.signal }).then(
      (answer) => showUntilLive(answer.items),
      // The banner tells when the hub is away.
      () => undefined,
    );
    return () => aborter.abort();
  }, [isWaiting]);
  return useObservable(fleet);
}

/** What a server is called now; undefined for one that is not known. */
export const serverName = (id: string): string | undefined => fleet.get().servers.get(id)?.name;

/** Forgets everything: somebody else may sign in at this page. */
export function forgetFleet(): void {
  fleet.set(EMPTY_FLEET);
  picked.set([]);
}

async function takeFirst(): Promise<void> {
  const answer = await takeEarly("/api/v1/servers");
  if (answer?.ok) showUntilLive(((await answer.json()) as RouteAnswer<"GET /api/v1/servers">).items);
}

function showUntilLive(servers: RouteAnswer<"GET /api/v1/servers">["items"]): void {
  if (!fleet.get().loaded) fleet.set(applyFleet(EMPTY_FLEET, { whole: true, servers, removed: [] }));
}
