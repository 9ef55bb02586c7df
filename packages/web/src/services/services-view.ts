import type { RouteAnswer, ServicesState } from "@muster/protocol";

export type Service = RouteAnswer<"GET /api/v1/services/{id}">;

/** What is known of services, by id. `loaded` is false until the first whole answer. */
export interface ServicesView {
  readonly loaded: boolean;
  readonly services: ReadonlyMap<string, Service>;
}

export const NO_SERVICES: ServicesView = { loaded: false, services: new Map() };

/** What is known after one message. Services that did not change keep their identity, so that nothing redraws for them. */
export function applyServices(view: ServicesView, message: ServicesState): ServicesView {
  if (!message.whole && !view.loaded) return view;
  const services = new Map(message.whole ? [] : view.services);
  for (const service of message.services) services.set(service.id, service);
  for (const id of message.removed) services.delete(id);
  return { loaded: true, services };
}
