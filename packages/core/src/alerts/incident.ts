import type { Instant } from "../time.ts";
import { severityRank, worseOf } from "./severity.ts";
import type { Severity } from "./severity.ts";
import type { Subject } from "./subject.ts";

/** One thing that is, or was, wrong in an incident. */
export interface Member {
  readonly key: string;
  readonly subject: Subject;
  /** One line for people: what is wrong with what. */
  readonly title: string;
  readonly severity: Severity;
  /** What was read, where it is a number. */
  readonly value: number | null;
  readonly since: Instant;
  /** Null while it is wrong. */
  readonly clearedAt: Instant | null;
}

/** One occurrence of a rule's condition, of one thing or of several that came together, from open to resolved. */
export interface Incident {
  readonly id: string;
  readonly ruleId: string;
  readonly ruleName: string;
  readonly state: "open" | "resolved";
  /** The worst that it was since it was opened last. */
  readonly severity: Severity;
  readonly openedAt: Instant;
  readonly resolvedAt: Instant | null;
  /** How often it was opened again. */
  readonly reopened: number;
  readonly acknowledged: { readonly by: string; readonly at: Instant } | null;
  readonly snoozedUntil: Instant | null;
  /** In the order in which they came. */
  readonly members: readonly Member[];
}

export type IncidentEvent =
  /** Members that are new, worse, or wrong again. */
  | { readonly is: "fired"; readonly members: readonly Member[] }
  | { readonly is: "cleared"; readonly keys: readonly string[]; readonly why: string }
  | { readonly is: "acknowledged"; readonly by: string }
  | { readonly is: "unacknowledged"; readonly by: string }
  | { readonly is: "snoozed"; readonly by: string; readonly until: Instant | null }
  | { readonly is: "noted"; readonly by: string; readonly text: string };

export const TIMELINE_KINDS = [
  "opened",
  "joined",
  "escalated",
  "cleared",
  "resolved",
  "reopened",
  "acknowledged",
  "unacknowledged",
  "snoozed",
  "woken",
  "noted",
  "failed",
] as const;

/** A line of an incident's story. */
export interface TimelineEntry {
  readonly at: Instant;
  readonly kind: (typeof TIMELINE_KINDS)[number];
  /** Who did it; empty: Muster. */
  readonly by: string;
  readonly detail: string;
}

/** Whatever begins within so long after an incident of its rule belongs to it (AL10). */
export const GROUP_MS = 60_000;
/** Whatever begins again within so long after the end opens the same incident again (AL11). */
export const REOPEN_MS = 30 * 60_000;
/** So many members are named; the others are counted. */
const NAMED_MAX = 5;

export const openIncident = (
  id: string,
  rule: { readonly id: string; readonly name: string },
  members: readonly Member[],
  at: Instant,
): { readonly incident: Incident; readonly entries: readonly TimelineEntry[] } => {
  const bare: Incident = {
    ...{ id, ruleId: rule.id, ruleName: rule.name, state: "open", severity: "info" },
    ...{ openedAt: at, resolvedAt: null, reopened: 0, acknowledged: null, snoozedUntil: null, members: [] },
  };
  const incident = { ...bare, members, severity: worstOf(members) };
  return { incident, entries: [{ at, kind: "opened", by: "", detail: namesOf(members) }] };
};

/** Whether what begins now under this key belongs to an incident of its rule. */
export function takesIn(incident: Incident, key: string, at: Instant): boolean {
  const isMember = incident.members.some((member) => member.key === key);
  if (incident.state === "open") return isMember || at - incident.openedAt <= GROUP_MS;
  return isMember && incident.resolvedAt !== null && at - incident.resolvedAt <= REOPEN_MS;
}

/** What an event makes of an incident, for each state (rules AL9 to AL14). The same incident means that nothing changed. */
export function advanceIncident(
  incident: Incident,
  event: IncidentEvent,
  at: Instant,
): { readonly incident: Incident; readonly entries: readonly TimelineEntry[] } {
  switch (event.is) {
    case "fired":
      return fired(incident, event.members, at);
    case "cleared":
      return cleared(incident, new Set(event.keys), event.why, at);
    case "acknowledged":
      return incident.state === "resolved" || incident.acknowledged !== null
        ? same(incident)
        : entry({ ...incident, acknowledged: { by: event.by, at }, snoozedUntil: null }, at, "acknowledged", event.by);
    case "unacknowledged":
      return incident.acknowledged === null
        ? same(incident)
        : entry({ ...incident, acknowledged: null }, at, "unacknowledged", event.by);
    case "snoozed": {
      const { until } = event;
      if (incident.state === "resolved" || until === incident.snoozedUntil) return same(incident);
      return until === null
        ? entry({ ...incident, snoozedUntil: null }, at, "woken", event.by)
        : entry({ ...incident, snoozedUntil: until }, at, "snoozed", event.by, new Date(until).toISOString());
    }
    case "noted":
      return entry({ ...incident }, at, "noted", event.by, event.text);
  }
}

const same = (incident: Incident): { readonly incident: Incident; readonly entries: readonly TimelineEntry[] } => ({
  incident,
  entries: [],
});

const entry = (incident: Incident, at: Instant, kind: TimelineEntry["kind"], by: string, detail = "") => ({
  incident,
  entries: [{ at, kind, by, detail }],
});

function fired(incident: Incident, given: readonly Member[], at: Instant) {
  const byKey = new Map(incident.members.map((member) => [member.key, member]));
  for (const member of given) {
    const before = byKey.get(member.key);
    byKey.set(member.key, before?.clearedAt === null ? { ...member, since: before.since } : member);
  }
  const members = [...byKey.values()];
  const severity = worstOf(members.filter(({ clearedAt }) => clearedAt === null));
  if (incident.state === "resolved")
    return entry(
      {
        ...{ ...incident, members, severity, state: "open" as const, resolvedAt: null },
        ...{ reopened: incident.reopened + 1, acknowledged: null, snoozedUntil: null },
      },
      at,
      "reopened",
      "",
      namesOf(given),
    );
  const isWorse = severityRank(severity) > severityRank(incident.severity);
  const known = new Set(incident.members.filter(({ clearedAt }) => clearedAt === null).map(({ key }) => key));
  const joined = given.filter(({ key }) => !known.has(key));
  const entries: TimelineEntry[] = [];
  if (joined.length > 0) entries.push({ at, kind: "joined", by: "", detail: namesOf(joined) });
  if (isWorse) entries.push({ at, kind: "escalated", by: "", detail: severity });
  // What was put off was put off as it was: worse, it is told.
  const woken = isWorse ? { snoozedUntil: null, acknowledged: null } : {};
  return { incident: { ...incident, members, severity: worseOf(severity, incident.severity), ...woken }, entries };
}

function cleared(incident: Incident, keys: ReadonlySet<string>, why: string, at: Instant) {
  const ended = incident.members.filter(({ key, clearedAt }) => clearedAt === null && keys.has(key));
  if (ended.length === 0) return same(incident);
  const members = incident.members.map((member) =>
    member.clearedAt === null && keys.has(member.key) ? { ...member, clearedAt: at } : member,
  );
  const entries: TimelineEntry[] = [{ at, kind: "cleared", by: "", detail: `${namesOf(ended)}${why && ` (${why})`}` }];
  if (members.some(({ clearedAt }) => clearedAt === null)) return { incident: { ...incident, members }, entries };
  return {
    incident: { ...incident, members, state: "resolved" as const, resolvedAt: at, snoozedUntil: null },
    entries: [{ ...entries[0]!, kind: "resolved" as const }],
  };
}

const worstOf = (members: readonly Member[]): Severity =>
  members.reduce<Severity>((worst, { severity }) => worseOf(worst, severity), "info");

/** Some of them by name, and how many there are besides. */
function namesOf(members: readonly Member[]): string {
  const named = members.slice(0, NAMED_MAX).map(({ title }) => title);
  const others = members.length - named.length;
  return `${named.join("; ")}${others > 0 ? `; and ${others} more` : ""}`;
}

/** Those that are wrong now. */
export const wrongMembers = ({ members }: Pick<Incident, "members">): readonly Member[] =>
  members.filter(({ clearedAt }) => clearedAt === null);

/** One line that says what an incident is about. */
export function incidentTitle(incident: Pick<Incident, "ruleName" | "members">): string {
  const wrong = wrongMembers(incident);
  const told = wrong.length > 0 ? wrong : incident.members;
  const [first] = told;
  if (first === undefined) return incident.ruleName;
  return told.length === 1 ? first.title : `${incident.ruleName}: ${told.length} at once, first ${first.title}`;
}
