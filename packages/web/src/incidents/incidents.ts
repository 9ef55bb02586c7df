import type { IncidentsState } from "@muster/protocol";
import { api } from "../api/api.ts";
import { live } from "../live/live.ts";
import { wholeView } from "../live/whole-view.ts";
import { askedDialog } from "./asked-dialog.ts";
import { applyIncidents, NO_INCIDENTS } from "./incidents-view.ts";
import { pickedIncidents } from "./picked-incidents.ts";

/** As many as the hub gives at once. */
const OPEN_MAX = 500;

const all = wholeView({
  name: "incidents",
  none: NO_INCIDENTS,
  apply: applyIncidents,
  listen: (onMessage) => live.listen<"incidents">("incidents", onMessage),
  async fetchWhole(signal): Promise<IncidentsState> {
    const { items } = await api("GET /api/v1/incidents", { query: { state: "open", limit: OPEN_MAX }, signal });
    return { whole: true, incidents: items };
  },
});

/** Open incidents as the live socket tells them, and `note`, which takes in what the answer to a change says. */
export const { use: useIncidents, note: noteIncidents } = all;

/** Forgets everything: somebody else may sign in at this page. */
export function forgetIncidents(): void {
  all.forget();
  pickedIncidents.clear();
  askedDialog.set(undefined);
}
