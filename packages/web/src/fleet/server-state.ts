import type { Server } from "./fleet-view.ts";

/** The one word for how a server stands: what was decided about it comes before whether it is heard. */
export const SERVER_STATES = ["online", "stale", "offline", "pending", "quarantined", "revoked"] as const;
export type ServerStateName = (typeof SERVER_STATES)[number];

export function serverState(server: Pick<Server, "state" | "presence">): ServerStateName {
  if (server.state !== "active") return server.state;
  return server.presence.is;
}

/** What keeps the hub from reaching a server that it goes out for; undefined where nothing does. */
export function linkTrouble({
  state,
  linkState,
}: Pick<Server, "state" | "linkState">): Server["linkState"] | undefined {
  const isTrouble = linkState?.is === "failing" || linkState?.is === "host-key" || linkState?.is === "login";
  return state === "active" && isTrouble ? linkState : undefined;
}

/** Whether the hub has settings of a way to it: only an agent that comes by itself, and came so from the start, has none. */
export const hasConnection = ({
  link,
  linkState,
  hasSshLink,
}: Pick<Server, "link" | "linkState" | "hasSshLink">): boolean => link !== "agent" || hasSshLink || linkState !== null;

/** The same trouble, once its readings have become too old to be shown instead. */
export const unreached = (server: Pick<Server, "state" | "linkState" | "presence">): Server["linkState"] | undefined =>
  server.presence.is === "online" ? undefined : linkTrouble(server);

export type FleetCounts = Readonly<Record<ServerStateName | "total", number>>;

export function countStates(servers: Iterable<Pick<Server, "state" | "presence">>): FleetCounts {
  const counts = { total: 0, online: 0, stale: 0, offline: 0, pending: 0, quarantined: 0, revoked: 0 };
  for (const server of servers) {
    counts.total++;
    counts[serverState(server)]++;
  }
  return counts;
}

/** A value older than this many intervals is shown faded, with its age. */
const FRESH_INTERVALS = 3;

export const isFresh = (at: number | null, intervalMs: number, now: number): boolean =>
  at !== null && now - at <= FRESH_INTERVALS * intervalMs;
