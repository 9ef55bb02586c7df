import { SEVERITIES, severityRank, worseOf } from "@muster/core";
import type { Severity } from "@muster/core";
import type { Incident } from "./incidents-view.ts";

/** Worst first, as lists show them. */
export const WORST_FIRST: readonly Severity[] = SEVERITIES.toReversed();

export const isSeverity = (word: string): word is Severity => SEVERITIES.some((severity) => severity === word);

export const isSnoozed = ({ snoozedUntil }: Pick<Incident, "snoozedUntil">, now: number): boolean =>
  snoozedUntil !== null && snoozedUntil > now;

/** Words that are filters at the top of the list, those that need somebody first. */
export const COUNTED = [...WORST_FIRST, "acknowledged", "snoozed", "held"] as const;
export type Counted = (typeof COUNTED)[number];
export type IncidentCounts = Readonly<Record<Counted | "total", number>>;

/** How many incidents stand how. An acknowledged one is counted by its severity as well. */
export function countIncidents(incidents: Iterable<Incident>, now: number): IncidentCounts {
  const counts = { total: 0, info: 0, warning: 0, error: 0, critical: 0, acknowledged: 0, snoozed: 0, held: 0 };
  for (const incident of incidents) {
    counts.total++;
    counts[incident.severity]++;
    if (incident.acknowledged !== null) counts.acknowledged++;
    if (isSnoozed(incident, now)) counts.snoozed++;
    if (incident.isHeld) counts.held++;
  }
  return counts;
}

/** The worst severity of some incidents; undefined of none. */
export function worstOf(incidents: Iterable<Incident>): Severity | undefined {
  let worst: Severity | undefined;
  for (const { severity } of incidents) worst = worst === undefined ? severity : worseOf(worst, severity);
  return worst;
}

/** What needs somebody comes first: not yet acknowledged, then the worse, then the newer. */
export const compareUrgency = (a: Incident, b: Incident): number =>
  Number(a.acknowledged !== null) - Number(b.acknowledged !== null) ||
  severityRank(b.severity) - severityRank(a.severity) ||
  b.openedAt - a.openedAt ||
  (a.id < b.id ? -1 : 1);

/** What a page of one thing asks for: incidents that are about it. */
export type About =
  | { readonly serverId: string }
  | { readonly serviceId: string }
  | { readonly probeId: string }
  | undefined;

export function isAbout(incident: Incident, about: About): boolean {
  if (about === undefined) return true;
  if ("serverId" in about) return incident.servers.some(({ id }) => id === about.serverId);
  if ("serviceId" in about) return incident.serviceIds.includes(about.serviceId);
  return incident.probeIds.includes(about.probeId);
}
