import { Observable } from "../browser/observable.ts";

/** As many servers as may be compared at once. */
export const PICKED_MAX = 10;

/** Servers that the person picked in the overview, in that order; they stay picked while the page is open. */
export const picked = new Observable<readonly string[]>([]);

/** Picks a server, or lets go of it; beyond `PICKED_MAX` nothing more is picked. */
export function togglePicked(id: string): void {
  const ids = picked.get();
  if (ids.includes(id)) picked.set(ids.filter((other) => other !== id));
  else if (ids.length < PICKED_MAX) picked.set([...ids, id]);
}
