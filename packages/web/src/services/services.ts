import type { ServicesState } from "@muster/protocol";
import { useEffect, useState } from "react";
import { api } from "../api/api.ts";
import { live } from "../live/live.ts";
import { wholeView } from "../live/whole-view.ts";
import { askedVerb } from "./asked-verb.ts";
import { pickedServices } from "./picked-services.ts";
import { applyServices, NO_SERVICES } from "./services-view.ts";
import type { Service, ServicesView } from "./services-view.ts";

const all = wholeView({
  name: "services",
  none: NO_SERVICES,
  apply: applyServices,
  listen: (onMessage) => live.listen<"services">("services", onMessage),
  async fetchWhole(signal): Promise<ServicesState> {
    const { items } = await api("GET /api/v1/services", { query: {}, signal });
    return { whole: true, services: items, removed: [] };
  },
});

/** Services of all servers as the live socket tells them. */
export const useServices = all.use;

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
export const knownService = (id: string): Service | undefined => all.known().services.get(id);

/** Forgets everything: somebody else may sign in at this page. */
export function forgetServices(): void {
  all.forget();
  pickedServices.clear();
  askedVerb.set(undefined);
}
