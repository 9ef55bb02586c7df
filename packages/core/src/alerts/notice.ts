import type { Instant } from "../time.ts";
import { incidentTitle, wrongMembers } from "./incident.ts";
import type { Incident } from "./incident.ts";
import type { Severity } from "./severity.ts";
import { instantText, spanText } from "./span.ts";
import type { NoticeKind } from "./telling.ts";

/** What is told of an incident at one instant: everything that a notifier may say. All text is plain, from whoever named things. */
export interface Notice {
  /** Names this telling, the same at each attempt: whoever gets it twice can tell. */
  readonly key: string;
  readonly kind: NoticeKind;
  readonly incidentId: string;
  readonly state: Incident["state"];
  readonly severity: Severity;
  readonly ruleName: string;
  readonly title: string;
  /** What is wrong, line by line; bounded. */
  readonly lines: readonly string[];
  /** How many things are wrong. */
  readonly wrongCount: number;
  readonly openedAt: Instant;
  readonly resolvedAt: Instant | null;
  readonly acknowledgedBy: string | null;
  readonly at: Instant;
  /** Where the incident is shown; undefined where the hub has no address. */
  readonly url: string | undefined;
  /** How a notifier's own templates put it; absent where Muster's words stand. */
  readonly said?: { readonly head: string; readonly lines: readonly string[] };
}

const LINES_MAX = 10;

export function noticeOf(incident: Incident, given: Pick<Notice, "key" | "kind" | "at" | "url">): Notice {
  const wrong = wrongMembers(incident);
  const told = wrong.length > 0 ? wrong : incident.members;
  const lines = told.slice(0, LINES_MAX).map(({ title }) => title);
  const others = told.length - lines.length;
  return {
    ...given,
    incidentId: incident.id,
    state: incident.state,
    severity: incident.severity,
    ruleName: incident.ruleName,
    title: incidentTitle(incident),
    lines: told.length === 1 ? [] : others > 0 ? [...lines, `and ${others} more`] : lines,
    wrongCount: wrong.length,
    openedAt: incident.openedAt,
    resolvedAt: incident.resolvedAt,
    acknowledgedBy: incident.acknowledged?.by ?? null,
  };
}

/** What somebody who presses the button is sent. */
export const testNotice = (key: string, at: Instant, url: string | undefined): Notice => ({
  ...{ key, kind: "test", incidentId: "", state: "open", severity: "info", ruleName: "Test", at, url },
  ...{ title: "This is a test from Muster.", lines: ["Whoever reads it will be told of incidents here."] },
  ...{ wrongCount: 0, openedAt: at, resolvedAt: null, acknowledgedBy: null },
});

const HEADS: Readonly<Record<NoticeKind, string>> = {
  opened: "",
  reopened: "Again: ",
  escalated: "Worse: ",
  grown: "More: ",
  reminder: "Still: ",
  acknowledged: "Acknowledged: ",
  resolved: "Resolved: ",
  test: "Test: ",
};

/** One line: how bad it is, and what. */
export const noticeHead = ({ kind, severity, title, said }: Notice): string =>
  said?.head ?? `${kind === "resolved" || kind === "test" ? "" : `${severity.toUpperCase()} `}${HEADS[kind]}${title}`;

/** Further lines, without the head and the address. */
export function noticeBody(notice: Notice): readonly string[] {
  const { kind, lines, openedAt, resolvedAt, acknowledgedBy, ruleName, title, said } = notice;
  if (said !== undefined) return said.lines;
  if (kind === "test") return lines;
  return [
    ...lines,
    ...(title.startsWith(ruleName) ? [] : [`Rule: ${ruleName}`]),
    `Since: ${instantText(openedAt)}`,
    ...(resolvedAt === null ? [] : [`Until: ${instantText(resolvedAt)} (${spanText(resolvedAt - openedAt)})`]),
    ...(acknowledgedBy === null ? [] : [`Acknowledged by ${acknowledgedBy}`]),
  ];
}
