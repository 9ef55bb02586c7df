import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { api } from "../api/api.ts";
import { Observable, useObservable } from "../browser/observable.ts";
import { live } from "../live/live.ts";
import { shared } from "../live/shared.ts";
import { askedVerb } from "./asked-verb.ts";
import { pickedServices } from "./picked-services.ts";
import { applyServices, NO_SERVICES } from "./services-view.ts";
import type { Service, ServicesView } from "./services-view.ts";

const all = new Observable<ServicesView>(NO_SERVICES);

const listen = shared(() =>
  live.listen<"services">("services", (message) => all.set(applyServices(all.get(), message))),
);

/** Services of all servers as the live socket tells them; where sockets do not get through they are fetched once. */
export function useServices(): ServicesView {
  useEffect(() => listen(), []);
  const isWaiting = useObservable(live.state).is === "waiting";
  const view = useObservable(all);
  const first = useQuery({
    queryKey: ["services"],
    queryFn: ({ signal }) => api("GET /api/v1/services", { query: {}, signal }),
    enabled: isWaiting && !view.loaded,
  });
  return useMemo(() => {
    if (view.loaded || !first.data) return view;
    return applyServices(NO_SERVICES, { whole: true, services: first.data.items, removed: [] });
  }, [view, first.data]);
}

/** Services of one server, read anew every second or two while anybody looks; nothing of an empty id, which is not known yet. */
export function useServicesOf(serverId: string): ServicesView & { readonly refusal: string | undefined } {
  const [held, setHeld] = useState({ serverId, view: NO_SERVICES, refusal: undefined as string | undefined });
  useEffect(() => {
    if (serverId === "") return;
    let view = NO_SERVICES;
    return live.listen<"services-of">(
      `services-of/${serverId}`,
      (message) => {
        view = applyServices(view, message);
        setHeld({ serverId, view, refusal: undefined });
      },
      (_code, refusal) => setHeld({ serverId, view, refusal }),
    );
  }, [serverId]);
  const isOfAnother = held.serverId !== serverId;
  return isOfAnother ? { ...NO_SERVICES, refusal: undefined } : { ...held.view, refusal: held.refusal };
}

/** What is known of a service now, without listening; undefined for one that is not known. */
export const knownService = (id: string): Service | undefined => all.get().services.get(id);

/** Forgets everything: somebody else may sign in at this page. */
export function forgetServices(): void {
  all.set(NO_SERVICES);
  pickedServices.set(new Set());
  askedVerb.set(undefined);
}
