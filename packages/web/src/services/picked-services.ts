import { Observable } from "../browser/observable.ts";

/** As many as the hub takes by name in one request. */
export const PICKED_SERVICES_MAX = 1_000;

/** Services picked in a list, for acting on all of them; they stay picked while the page is open. */
export const pickedServices = new Observable<ReadonlySet<string>>(new Set());

export function togglePickedService(id: string): void {
  const next = new Set(pickedServices.get());
  if (!next.delete(id) && next.size < PICKED_SERVICES_MAX) next.add(id);
  pickedServices.set(next);
}

/** Picks all of these, or lets go of them when all are picked already. */
export function togglePickedAll(ids: readonly string[]): void {
  const known = pickedServices.get();
  const isAll = ids.every((id) => known.has(id));
  pickedServices.set(isAll ? new Set() : new Set(ids.slice(0, PICKED_SERVICES_MAX)));
}
