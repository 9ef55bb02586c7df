import { isTimeZone, notifierEntry } from "@muster/core";
import type { NotifierKindName, ParsedSettings, ProbeSettings, Severity } from "@muster/core";
import type { NotifierView, RouteInput } from "@muster/protocol";
import { durationDraft, durationMs } from "../../incidents/duration-draft.ts";
import type { DurationDraft } from "../../incidents/duration-draft.ts";
import { fieldDraftOf, settingsOfDraft } from "../../probes/field-draft.ts";
import type { FieldDraft } from "../../probes/field-draft.ts";

export interface SpanDraft {
  /** 1 is Monday. */
  readonly days: readonly number[];
  readonly from: string;
  readonly until: string;
}

/** A notifier as it stands in a form: everything is text, and may be wrong. */
export interface NotifierDraft {
  readonly kind: NotifierKindName;
  readonly name: string;
  readonly fields: FieldDraft;
  readonly isEnabled: boolean;
  readonly isDefault: boolean;
  readonly severityLeast: Severity;
  readonly delay: DurationDraft;
  readonly repeat: DurationDraft;
  readonly hours: "always" | "some";
  readonly zone: string;
  readonly spans: readonly SpanDraft[];
  /** Empty: nobody. */
  readonly fallbackId: string;
}

export const WORKDAYS: readonly number[] = [1, 2, 3, 4, 5];
export const NEW_SPAN: SpanDraft = { days: WORKDAYS, from: "09:00", until: "18:00" };

/** `zone`: that of whoever fills it in. */
export const newNotifierDraft = (kind: NotifierKindName, zone: string): NotifierDraft => ({
  kind,
  name: "",
  fields: fieldDraftOf(notifierEntry(kind).fields),
  isEnabled: true,
  isDefault: true,
  severityLeast: "warning",
  delay: durationDraft(0),
  repeat: durationDraft(0, "hours"),
  hours: "always",
  zone,
  spans: [NEW_SPAN],
  fallbackId: "",
});

/** What a form shows of a notifier that is there. */
export const draftOfNotifier = (notifier: NotifierView, zone: string): NotifierDraft => ({
  kind: notifier.kind,
  name: notifier.name,
  fields: fieldDraftOf(notifierEntry(notifier.kind).fields, notifier.settings),
  isEnabled: notifier.isEnabled,
  isDefault: notifier.isDefault,
  severityLeast: notifier.severityLeast,
  delay: durationDraft(notifier.delayMs),
  repeat: durationDraft(notifier.repeatMs, "hours"),
  hours: notifier.hours === null ? "always" : "some",
  zone: notifier.hours?.zone ?? zone,
  spans: notifier.hours?.spans ?? [NEW_SPAN],
  fallbackId: notifier.fallbackId ?? "",
});

export const parsedDraft = ({ kind, fields }: Pick<NotifierDraft, "kind" | "fields">): ParsedSettings =>
  settingsOfDraft(notifierEntry(kind).fields, fields);

/** Where it would tell; undefined while the settings are not right. */
export function targetOfDraft(draft: Pick<NotifierDraft, "kind" | "fields">): string | undefined {
  const parsed = parsedDraft(draft);
  return parsed.ok ? notifierEntry(draft.kind).target(parsed.settings as never) : undefined;
}

const CLOCK_TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/** What must be mended before the hub is asked, by input; settings are named as the hub names them, `settings.url`. */
export function problemsOfDraft(draft: NotifierDraft): Readonly<Record<string, string>> {
  const parsed = parsedDraft(draft);
  const problems: Record<string, string> = {};
  if (!parsed.ok)
    for (const [field, problem] of Object.entries(parsed.problems)) problems[`settings.${field}`] = problem;
  if (Number.isNaN(durationMs(draft.delay))) problems["delayMs"] = "must be a number";
  if (Number.isNaN(durationMs(draft.repeat))) problems["repeatMs"] = "must be a number";
  if (draft.hours === "some") {
    if (!isTimeZone(draft.zone.trim())) problems["hours.zone"] = "must be a time zone such as Europe/Berlin";
    draft.spans.forEach(({ days, from, until }, index) => {
      if (days.length === 0) problems[`hours.spans.${index}.days`] = "must name at least one day";
      if (!CLOCK_TIME.test(from)) problems[`hours.spans.${index}.from`] = "must be like 08:30";
      if (!CLOCK_TIME.test(until)) problems[`hours.spans.${index}.until`] = "must be like 08:30";
    });
  }
  return problems;
}

type NewNotifier = RouteInput<"POST /api/v1/notifiers">["body"];
export type NotifierBody = Omit<NewNotifier, "kind" | "secret">;

/** What the hub is told of a draft without problems, but for its kind and secret. `name` stands for one that nobody gave. */
export const bodyOfDraft = (draft: NotifierDraft, settings: ProbeSettings, name: string): NotifierBody => ({
  name: draft.name.trim() === "" ? name : draft.name.trim(),
  settings: { ...settings } as NewNotifier["settings"],
  isEnabled: draft.isEnabled,
  isDefault: draft.isDefault,
  severityLeast: draft.severityLeast,
  delayMs: durationMs(draft.delay),
  repeatMs: durationMs(draft.repeat),
  hours:
    draft.hours === "always"
      ? null
      : {
          zone: draft.zone.trim(),
          spans: draft.spans.map(({ days, from, until }) => ({ days: days.toSorted((a, b) => a - b), from, until })),
        },
  fallbackId: draft.fallbackId === "" ? null : draft.fallbackId,
});

/** Whether it would tell elsewhere, so that the hub forgets the secret. */
export function goesElsewhere(notifier: NotifierView, draft: NotifierDraft): boolean {
  const target = targetOfDraft(draft);
  return target !== undefined && target !== notifier.target;
}
