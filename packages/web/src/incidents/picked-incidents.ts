import { PickedSet } from "../browser/picked-set.ts";

/** Incidents picked in the list; as many as may be open in it. */
export const pickedIncidents = new PickedSet(10_000);
