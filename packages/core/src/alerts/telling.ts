import { DAY_MS } from "../time.ts";
import type { Instant } from "../time.ts";
import { GROUP_MS, REOPEN_MS, wrongMembers } from "./incident.ts";
import type { Incident } from "./incident.ts";
import { severityRank } from "./severity.ts";
import type { Severity } from "./severity.ts";

export const NOTICE_KINDS = [
  "opened",
  "reopened",
  "escalated",
  "grown",
  "reminder",
  "acknowledged",
  "resolved",
  "test",
] as const;
/** Why something is told. `grown`: more things are wrong than were told; `test`: somebody pressed the button. */
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What one notifier was told last of one incident. */
export interface Told {
  readonly state: Incident["state"];
  readonly severity: Severity;
  readonly wrongCount: number;
  readonly reopened: number;
  readonly isAcknowledged: boolean;
  /** When it was last told that something is wrong. */
  readonly at: Instant;
}

/** What a notifier wants to be told, and when. */
export interface Hearing {
  readonly severityLeast: Severity;
  /** An incident is told when it has been open for so long and nobody has acknowledged it: a step of an escalation. */
  readonly delayMs: number;
  /** While nobody acknowledges it, it is told again so often; 0: never. */
  readonly repeatMs: number;
  /** Whether it is told also what an operator knows already: that it was acknowledged. */
  readonly wantsAcknowledged: boolean;
}

export const toldOf = (incident: Incident, at: Instant): Told => ({
  ...{ state: incident.state, severity: incident.severity, wrongCount: wrongMembers(incident).length },
  ...{ reopened: incident.reopened, isAcknowledged: incident.acknowledged !== null, at },
});

/** An end that a silence or somebody's hours hold back is news for so long. */
export const OWED_MS_MAX = 7 * DAY_MS;

/** Whether nothing comes of an incident any more: it is not opened again, and nobody is owed its end. */
export function isSettled({ resolvedAt }: Incident, told: Iterable<Told>, now: Instant): boolean {
  if (resolvedAt === null || resolvedAt > now - REOPEN_MS) return false;
  return resolvedAt <= now - OWED_MS_MAX || Array.from(told).every(({ state }) => state !== "open");
}

/**
 * Whether something is to be told now (rules AL15 to AL19). It compares what is with what was told, so a restart, a
 * silence or a notifier that is new loses nothing and repeats nothing. `isHeld`: a silence or a maintenance holds it back.
 */
export function decideTelling(
  incident: Incident,
  told: Told | undefined,
  hearing: Hearing,
  isHeld: boolean,
  now: Instant,
): NoticeKind | undefined {
  if (isHeld) return undefined;
  if (incident.state === "resolved") return told?.state === "open" ? "resolved" : undefined;
  if (incident.snoozedUntil !== null && now < incident.snoozedUntil) return undefined;
  const isAcknowledged = incident.acknowledged !== null;
  if (told === undefined) {
    if (severityRank(incident.severity) < severityRank(hearing.severityLeast)) return undefined;
    const isLate = hearing.delayMs > 0;
    if (isLate && (isAcknowledged || now - incident.openedAt < hearing.delayMs)) return undefined;
    return "opened";
  }
  if (told.state === "resolved" || told.reopened < incident.reopened) return "reopened";
  if (severityRank(incident.severity) > severityRank(told.severity)) return "escalated";
  // Once the time is over in which others join: one message says all of them.
  if (wrongMembers(incident).length > told.wrongCount && now - incident.openedAt > GROUP_MS) return "grown";
  if (isAcknowledged) return hearing.wantsAcknowledged && !told.isAcknowledged ? "acknowledged" : undefined;
  // It was put off, and it is still so.
  if (incident.snoozedUntil !== null && told.at < incident.snoozedUntil) return "reminder";
  return hearing.repeatMs > 0 && now - told.at >= hearing.repeatMs ? "reminder" : undefined;
}
