import { PickedSet } from "../browser/picked-set.ts";

/** Services picked in a list, for acting on all of them; as many as the hub takes by name in one request. */
export const pickedServices = new PickedSet(1_000);
