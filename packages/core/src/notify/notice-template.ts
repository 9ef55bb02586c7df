import { noticeBody, noticeHead, noticeOf } from "../alerts/notice.ts";
import type { Incident } from "../alerts/incident.ts";
import type { Notice } from "../alerts/notice.ts";
import { instantText, spanText } from "../alerts/span.ts";
import { filledLines, filledTemplate } from "./template-text.ts";
import type { TemplateValues } from "./template-text.ts";

/** Texts of one's own instead of those that Muster writes; empty: Muster's. */
export interface NoticeTemplates {
  readonly titleTemplate: string;
  readonly textTemplate: string;
}

const LINES_MAX = 50;

/** What a template can name, of one notice. */
export function noticeValues(notice: Notice): TemplateValues {
  const { title, openedAt, resolvedAt, lines, at } = notice;
  const [head, body] = [noticeHead(notice), noticeBody(notice)];
  const number = (value: number | null): string => (value === null ? "" : String(value));
  return {
    ...{ title, head, lines: lines.join("\n"), text: [head, ...body].join("\n") },
    // What stands before the title in the head: how bad it is, and whether it is news.
    label: head.endsWith(title) ? head.slice(0, head.length - title.length).replace(/:? $/, "") : "",
    ...{ severity: notice.severity, state: notice.state, kind: notice.kind, ruleName: notice.ruleName },
    ...{ wrongCount: String(notice.wrongCount), acknowledgedBy: notice.acknowledgedBy ?? "" },
    ...{ since: instantText(openedAt), until: resolvedAt === null ? "" : instantText(resolvedAt) },
    duration: spanText((resolvedAt ?? at) - openedAt),
    ...{ url: notice.url ?? "", incidentId: notice.incidentId, key: notice.key },
    ...{ openedAt: number(openedAt), resolvedAt: number(resolvedAt), at: number(at) },
  };
}

/** The notice as somebody wants it put. Values are text of whoever named things, as always: each notifier escapes them. */
export function inTemplates(notice: Notice, { titleTemplate, textTemplate }: NoticeTemplates): Notice {
  if (titleTemplate === "" && textTemplate === "") return notice;
  const values = noticeValues(notice);
  const head = titleTemplate === "" ? noticeHead(notice) : filledTemplate(titleTemplate, values).trim();
  return {
    ...notice,
    said: {
      // A message without a head is none at most vendors.
      head: head === "" ? noticeHead(notice) : head,
      lines: textTemplate === "" ? noticeBody(notice) : filledLines(textTemplate, values).slice(0, LINES_MAX),
    },
  };
}

/** What a template looks like when something opens, gets worse and ends. */
export const PREVIEWED_KINDS = ["opened", "escalated", "resolved"] as const;

/** A notice of an incident as if that happened now; how it really stands changes nothing but who has it. */
export function noticeAsIf(incident: Incident, given: Pick<Notice, "key" | "kind" | "at" | "url">): Notice {
  const state = given.kind === "resolved" ? "resolved" : "open";
  return noticeOf(
    { ...incident, state, resolvedAt: state === "open" ? null : (incident.resolvedAt ?? given.at) },
    given,
  );
}

/** Notices of an incident that is made up, one of each kind that is previewed. */
export function exampleNotices(at: number, url: string | undefined): readonly Notice[] {
  const openedAt = at - 42 * 60_000;
  return PREVIEWED_KINDS.map((kind) => ({
    ...{ key: `example-${kind}`, kind, incidentId: "example", state: kind === "resolved" ? "resolved" : "open" },
    ...{ severity: kind === "opened" ? "warning" : "critical", ruleName: "Disk is nearly full", at, url },
    title: "Disk is nearly full: 2 things",
    lines: ["/var of web-1 is 97 % full", "/ of <db-1> & *co* is 91 % full"],
    ...{ wrongCount: 2, openedAt, resolvedAt: kind === "resolved" ? at : null, acknowledgedBy: null },
  }));
}
