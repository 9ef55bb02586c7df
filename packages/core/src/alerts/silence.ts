import type { Instant } from "../time.ts";
import { wrongMembers } from "./incident.ts";
import type { Incident, Member } from "./incident.ts";
import { severityRank } from "./severity.ts";
import type { Severity } from "./severity.ts";
import { fitsPattern } from "./badness.ts";

/** For what nothing is told. Every list that is not empty must name it; without any, nothing is meant. */
export interface SilenceMatcher {
  readonly serverIds: readonly string[];
  readonly tags: readonly string[];
  readonly ruleIds: readonly string[];
  readonly probeIds: readonly string[];
  /** Names of services; `*` stands for any text. */
  readonly services: readonly string[];
  /** What is worse is told all the same; null: all severities. */
  readonly severityMost: Severity | null;
}

/** A time for which things are not told: a silence from now on, or a maintenance that is planned. */
export interface Silence {
  readonly id: string;
  readonly matcher: SilenceMatcher;
  readonly reason: string;
  readonly author: string;
  readonly from: Instant;
  readonly until: Instant;
}

/** What a silence needs to know of the fleet. */
export interface SilenceWorld {
  tagsOf(serverId: string): readonly string[];
  /** Until when a probe is not to be told of, by its own setting. */
  maintenanceUntil(probeId: string): Instant | null;
}

export const isActive = ({ from, until }: Silence, now: Instant): boolean => from <= now && now < until;

/**
 * Whether an incident is held back (rule AL20): everything that is wrong in it, or was where it is resolved, is under a
 * silence.
 */
export function isHeldBack(
  incident: Incident,
  silences: readonly Silence[],
  world: SilenceWorld,
  now: Instant,
): boolean {
  const active = silences.filter((silence) => isActive(silence, now));
  const wrong = wrongMembers(incident);
  const members = wrong.length > 0 ? wrong : incident.members;
  return (
    members.length > 0 &&
    members.every(
      (member) =>
        isInMaintenance(member, world, now) || active.some(({ matcher }) => isMeant(matcher, incident, member, world)),
    )
  );
}

function isInMaintenance({ subject }: Member, world: SilenceWorld, now: Instant): boolean {
  const until = subject.probeId === null ? null : world.maintenanceUntil(subject.probeId);
  return until !== null && now < until;
}

function isMeant(matcher: SilenceMatcher, incident: Incident, { subject, severity }: Member, world: SilenceWorld) {
  const { serverIds, tags, ruleIds, probeIds, services, severityMost } = matcher;
  const { serverId, service, probeId } = subject;
  const conditions: (boolean | undefined)[] = [
    serverIds.length === 0 ? undefined : serverId !== null && serverIds.includes(serverId),
    tags.length === 0 ? undefined : serverId !== null && world.tagsOf(serverId).some((tag) => tags.includes(tag)),
    ruleIds.length === 0 ? undefined : ruleIds.includes(incident.ruleId),
    probeIds.length === 0 ? undefined : probeId !== null && probeIds.includes(probeId),
    services.length === 0 ? undefined : service !== null && services.some((name) => fitsPattern(service.name, name)),
  ];
  const given = conditions.filter((condition) => condition !== undefined);
  return (
    given.length > 0 &&
    given.every(Boolean) &&
    (severityMost === null || severityRank(severity) <= severityRank(severityMost))
  );
}
