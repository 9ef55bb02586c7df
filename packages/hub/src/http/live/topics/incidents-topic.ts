import type { Incident } from "@muster/core";
import type { IncidentsState } from "@muster/protocol";
import type { IncidentDesk } from "../../../alerts/incident-desk.ts";
import type { TopicSource } from "./topic-source.ts";

/** Open incidents; then those that changed, also to resolved. */
export const incidentsTopic = ({ incidents }: { readonly incidents: IncidentDesk }): TopicSource<IncidentsState> => ({
  isUrgent: true,
  open({ plan, signal }) {
    const changed = new Map<string, Incident>();
    const stop = incidents.listen((incident) => {
      changed.set(incident.id, incident);
      plan();
    });
    signal.addEventListener("abort", stop, { once: true });
    return {
      whole: () => ({ whole: true, incidents: incidents.open.map((incident) => incidents.view(incident)) }),
      change() {
        if (changed.size === 0) return undefined;
        const state = { whole: false, incidents: [...changed.values()].map((incident) => incidents.view(incident)) };
        changed.clear();
        return state;
      },
    };
  },
});
