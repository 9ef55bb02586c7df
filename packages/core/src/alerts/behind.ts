import { MINUTE_MS } from "../time.ts";
import { wrongMembers } from "./incident.ts";
import type { Incident } from "./incident.ts";
import type { Subject } from "./subject.ts";

/** Something behind which others may stand: while it is down, what is wrong with those is no news. */
export interface Place {
  readonly is: "server" | "probe" | "hub";
  readonly id: string;
}

/** The network that the hub itself hangs on: behind it is whatever is not on the hub's own machine (rule AL35). */
export const HUB_NETWORK: Place = { is: "hub", id: "network" };

/** What stands behind what, and what of it is down. */
export interface Dependencies {
  /** What a place depends on directly: it is reached only while each of them is there. */
  parentsOf(place: Place): readonly Place[];
  isDown(place: Place): boolean;
}

/** What was held has so long to come back once nothing holds it any more. */
export const RELEASE_MS = 2 * MINUTE_MS;

const keyOf = ({ is, id }: Place): string => `${is} ${id}`;

/** Everything that a place depends on, nearest first. The place itself is among it only where it depends on itself. */
function ancestorsOf(place: Place, { parentsOf }: Pick<Dependencies, "parentsOf">): ReadonlyMap<string, Place> {
  const found = new Map<string, Place>();
  for (let ring: readonly Place[] = [place]; ring.length > 0;) {
    const next: Place[] = [];
    for (const parent of ring.flatMap(parentsOf)) {
      if (found.has(keyOf(parent))) continue;
      found.set(keyOf(parent), parent);
      next.push(parent);
    }
    ring = next;
  }
  return found;
}

/**
 * What holds a place: something down that it depends on, by any number of steps, and that is not held itself (rule AL34).
 * Things that depend on each other hold nothing of themselves, so whatever is down, something of it is told.
 */
export function heldBehind(place: Place, dependencies: Dependencies): Place | undefined {
  for (const ancestor of ancestorsOf(place, dependencies).values()) {
    if (!dependencies.isDown(ancestor)) continue;
    if (keyOf(ancestor) === keyOf(place) || ancestorsOf(ancestor, dependencies).has(keyOf(place))) continue;
    return heldBehind(ancestor, dependencies) ?? ancestor;
  }
  return undefined;
}

/**
 * Whether a place is held now, or was a moment ago: whatever stood behind something that is there again comes back in its
 * own time. `held` is when each was held last, by the monotonic clock, and is kept by the caller.
 */
export function isHeldPlace(
  place: Place,
  dependencies: Dependencies,
  held: Map<string, number>,
  nowMs: number,
): boolean {
  const key = keyOf(place);
  if (heldBehind(place, dependencies) !== undefined) {
    held.set(key, nowMs);
    return true;
  }
  const heldMs = held.get(key);
  if (heldMs === undefined) return false;
  if (nowMs - heldMs < RELEASE_MS) return true;
  held.delete(key);
  return false;
}

/** The way on which a place would depend on itself with these parents, from it back to it; undefined: it would not. */
export function wayRound(
  place: Place,
  parents: readonly Place[],
  { parentsOf }: Pick<Dependencies, "parentsOf">,
): readonly Place[] | undefined {
  const ways = new Map(parents.map((parent) => [keyOf(parent), [place, parent]]));
  // Grows while it is walked through: the nearest first.
  for (const way of ways.values()) {
    const last = way.at(-1)!;
    if (keyOf(last) === keyOf(place)) return way;
    for (const next of parentsOf(last)) if (!ways.has(keyOf(next))) ways.set(keyOf(next), [...way, next]);
  }
  return undefined;
}

/** What holds the thing that something is wrong with: its own server where that is down, or what that one stands behind. */
function subjectBehind(
  { serverId, service, metric, probeId, trouble }: Subject,
  dependencies: Dependencies,
): Place | undefined {
  if (trouble !== null) return undefined;
  if (probeId !== null) return heldBehind({ is: "probe", id: probeId }, dependencies);
  if (serverId === null) return undefined;
  const server: Place = { is: "server", id: serverId };
  if (service === null && metric === null) return heldBehind(server, dependencies);
  return dependencies.isDown(server) ? (heldBehind(server, dependencies) ?? server) : undefined;
}

/** What an open incident is held behind: all that is wrong in it stands behind something that is down; the first of those. */
export function incidentBehind(incident: Incident, dependencies: Dependencies): Place | undefined {
  if (incident.state !== "open") return undefined;
  let first: Place | undefined;
  for (const { subject } of wrongMembers(incident)) {
    const place = subjectBehind(subject, dependencies);
    if (place === undefined) return undefined;
    first ??= place;
  }
  return first;
}

/** Whether something is wrong in an incident with a place itself, so that it is what holds others. */
export const isAboutPlace = ({ serverId, service, metric, probeId, trouble }: Subject, { is, id }: Place): boolean =>
  is === "hub"
    ? trouble === id
    : is === "probe"
      ? probeId === id
      : serverId === id && service === null && metric === null && probeId === null && trouble === null;
