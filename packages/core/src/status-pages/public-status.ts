import { severityRank } from "../alerts/severity.ts";
import type { Incident, Member } from "../alerts/incident.ts";
import type { Presence } from "../presence.ts";
import type { Health, RunState } from "../services/service.ts";
import type { Instant } from "../time.ts";
import { PUBLIC_STATES, thingKey } from "./status-page.ts";
import type { Announcement, PublicState, StatusPage, StatusPageItem } from "./status-page.ts";
import type { UptimeBar } from "./uptime-tally.ts";

/** All that the public is told; field by field, so that nothing comes along. */
export interface PublicStatus {
  readonly name: string;
  readonly text: string;
  readonly announcement: Announcement | null;
  readonly state: PublicState;
  readonly at: Instant;
  readonly things: readonly PublicThing[];
  /** Absent where they are not shown. */
  readonly incidents?: readonly PublicIncident[];
}

export interface PublicThing {
  readonly name: string;
  readonly state: PublicState;
  /** Oldest first; absent where they are not shown. */
  readonly hours?: readonly UptimeBar[];
  readonly days?: readonly UptimeBar[];
}

/** One thing that an open incident is about, by its public name. */
export interface PublicIncident {
  readonly name: string;
  readonly state: Exclude<PublicState, "up" | "unknown">;
}

export const publicPresence = (is: Presence["is"]): PublicState =>
  is === "online" || is === "stale" ? "up" : is === "offline" ? "down" : "unknown";

/** A service whose server is gone is not there for anybody; of one behind a server that was not heard yet nothing is known. */
export function publicService(state: RunState, health: Health, server: PublicState): PublicState {
  if (server === "down") return "down";
  if (server === "unknown" || state === "unknown") return "unknown";
  if (state === "stopped" || state === "failed" || health === "unhealthy") return "down";
  return state === "running" && health !== "degraded" ? "up" : "degraded";
}

export const publicHealth = (health: Health, isInMaintenance: boolean): PublicState =>
  isInMaintenance
    ? "maintenance"
    : ({ healthy: "up", degraded: "degraded", unhealthy: "down", unknown: "unknown" } as const)[health];

export const worstPublicState = (states: readonly PublicState[]): PublicState =>
  states.reduce((worst, state) => (PUBLIC_STATES.indexOf(state) > PUBLIC_STATES.indexOf(worst) ? state : worst), "up");

/** What a page is made of, from the rest of the hub. */
export interface StatusWorld {
  /** Undefined: it is not there any more, and the public is not told of it. */
  readonly stateOf: (item: Pick<StatusPageItem, "kind" | "id">) => PublicState | undefined;
  readonly hoursOf: (item: StatusPageItem) => readonly UptimeBar[];
  readonly daysOf: (item: StatusPageItem) => readonly UptimeBar[];
  /** The thing that a member of an incident is about, as `thingKey`; undefined: something else. */
  readonly thingOf: (member: Member) => string | undefined;
  readonly openIncidents: readonly Incident[];
}

/** The public's view of a page: exactly what was chosen (SP4). */
export function publicStatus(page: StatusPage, world: StatusWorld, now: Instant): PublicStatus {
  const shown = page.items.flatMap((item) => {
    const state = world.stateOf(item);
    return state === undefined ? [] : [{ item, state }];
  });
  const { announcement } = page;
  const isSaid = announcement !== null && (announcement.until === null || announcement.until > now);
  return {
    name: page.name,
    text: page.text,
    announcement: isSaid ? { kind: announcement.kind, text: announcement.text, until: announcement.until } : null,
    state: worstPublicState(shown.map(({ state }) => state)),
    at: now,
    things: shown.map(({ item, state }) => ({
      ...{ name: item.name, state },
      ...(page.showsHours && { hours: world.hoursOf(item) }),
      ...(page.showsDays && { days: world.daysOf(item) }),
    })),
    ...(page.showsIncidents && { incidents: publicIncidents(shown, world) }),
  };
}

/** Each thing once, however many incidents are about it. What is milder than an error is nobody's outside. */
function publicIncidents(
  shown: readonly { readonly item: StatusPageItem; readonly state: PublicState }[],
  { openIncidents, thingOf }: StatusWorld,
): readonly PublicIncident[] {
  const wrong = new Set(
    openIncidents
      .flatMap(({ members }) => members)
      .filter(({ clearedAt, severity }) => clearedAt === null && severityRank(severity) >= severityRank("error"))
      .map(thingOf),
  );
  return shown.flatMap(({ item, state }) => {
    if (!wrong.has(thingKey(item))) return [];
    return [{ name: item.name, state: state === "up" || state === "unknown" ? "degraded" : state }];
  });
}
