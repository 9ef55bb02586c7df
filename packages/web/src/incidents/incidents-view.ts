import type { IncidentsState, IncidentView } from "@muster/protocol";

export type Incident = IncidentView;

/** Incidents that are open, by id. `loaded` is false until the first whole answer. */
export interface IncidentsView {
  readonly loaded: boolean;
  readonly incidents: ReadonlyMap<string, Incident>;
}

export const NO_INCIDENTS: IncidentsView = { loaded: false, incidents: new Map() };

/** What is known after one message; one that was resolved is told once more and then is none. */
export function applyIncidents(view: IncidentsView, message: IncidentsState): IncidentsView {
  if (!message.whole && !view.loaded) return view;
  const incidents = new Map(message.whole ? [] : view.incidents);
  for (const incident of message.incidents)
    if (incident.state === "open") incidents.set(incident.id, incident);
    else incidents.delete(incident.id);
  return { loaded: true, incidents };
}
