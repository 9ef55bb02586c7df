import type { Clock } from "@muster/core";
import { FOCUS_LEASE_MS } from "@muster/protocol";
import type { LedgerState, ServicesState } from "@muster/protocol";
import type { Fleet } from "../../../fleet/fleet.ts";
import type { ServiceRegistry } from "../../../fleet/service-registry.ts";
import type { Links } from "../../../links/links.ts";
import { holdFocus } from "./hold-focus.ts";
import type { OpenTopic, TopicSource, TopicTeller } from "./topic-source.ts";

export interface ServiceTopicDeps {
  readonly services: ServiceRegistry;
  readonly fleet: Fleet;
  readonly links: Links;
  readonly clock: Clock;
}

const LEDGER_LINES = 100;

/** Services of all servers, or of one; then those that changed. */
function teller(
  { services, fleet }: { readonly services: ServiceRegistry; readonly fleet?: Fleet },
  { plan, signal }: OpenTopic,
  serverId?: string,
): TopicTeller<ServicesState> {
  const changed = new Set<string>();
  const removed = new Set<string>();
  const stop = services.listen((event) => {
    if (event.is === "ledger" || (serverId !== undefined && event.serverId !== serverId)) return;
    const { serviceId } = event;
    (event.is === "removed" ? removed : changed).add(serviceId);
    (event.is === "removed" ? changed : removed).delete(serviceId);
    plan();
  });
  signal.addEventListener("abort", stop, { once: true });
  // Their status stays the same while they run, so that no news of it would bring what they send.
  const stopReading = fleet?.listen((event) => {
    if (event.is !== "read" || event.serverId !== serverId) return;
    const channels = services.select({ serverIds: [serverId], driver: "channel" });
    for (const { id } of channels) changed.add(id);
    if (channels.length > 0) plan();
  });
  if (stopReading !== undefined) signal.addEventListener("abort", stopReading, { once: true });
  return {
    whole: () => ({
      whole: true,
      services: services.views(serverId === undefined ? {} : { serverIds: [serverId] }),
      removed: [],
    }),
    change() {
      const state = {
        whole: false,
        services: [...changed].flatMap((id) => (services.find(id) ? [services.view(id)] : [])),
        removed: [...removed],
      };
      changed.clear();
      removed.clear();
      return state.services.length === 0 && state.removed.length === 0 ? undefined : state;
    },
  };
}

export const servicesTopic = ({ services }: ServiceTopicDeps): TopicSource<ServicesState> => ({
  isUrgent: true,
  open: (topic) => teller({ services }, topic),
});

/** Those of one server, which reads them every two seconds as long as anybody looks; what channels send, with each reading. */
export const servicesOfTopic = ({ services, fleet, links, clock }: ServiceTopicDeps): TopicSource<ServicesState> => ({
  isUrgent: true,
  exists: (id) => fleet.get(id) !== undefined,
  open(topic) {
    const { id, signal } = topic;
    holdFocus({ clock, signal }, (limit) => links.call(id, "services.focus", { forMs: FOCUS_LEASE_MS }, limit));
    return teller({ services, fleet }, topic, id);
  },
});

/** The newest lines of one service's ledger. */
export const ledgerTopic = ({ services }: ServiceTopicDeps): TopicSource<LedgerState> => ({
  exists: (id) => services.find(id) !== undefined,
  open({ id, plan, signal }) {
    const serverId = services.find(id)?.serverId;
    const stop = services.listen((event) => {
      if (event.is === "ledger" && event.serverId === serverId) plan();
    });
    signal.addEventListener("abort", stop, { once: true });
    return {
      whole: async () => services.find(id) && { entries: await services.ledger(id, { limit: LEDGER_LINES }) },
    };
  },
});
