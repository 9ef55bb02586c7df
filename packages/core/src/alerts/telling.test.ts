import { expect, test } from "vitest";
import { GROUP_MS, openIncident } from "./incident.ts";
import type { Incident } from "./incident.ts";
import { NO_SUBJECT } from "./subject.ts";
import { decideTelling, toldOf } from "./telling.ts";
import type { Hearing, NoticeKind, Told } from "./telling.ts";

const member = (name: string) => ({
  ...{ key: name, subject: NO_SUBJECT, title: name, severity: "error", value: null, since: 0, clearedAt: null },
});
const OPEN: Incident = openIncident("i", { id: "r", name: "R" }, [member("a") as never], 0).incident;
const ALL: Hearing = { severityLeast: "info", delayMs: 0, repeatMs: 0, wantsAcknowledged: true };
const TOLD = toldOf(OPEN, 0);
const by = { by: "anna", at: 5 };

test.each<[string, Partial<Incident>, Partial<Told> | undefined, Partial<Hearing>, number, NoticeKind | undefined]>([
  ["[AL15] new", {}, undefined, {}, 0, "opened"],
  ["[AL15] told", {}, {}, {}, 9, undefined],
  ["[AL16] too mild", {}, undefined, { severityLeast: "critical" }, 0, undefined],
  ["[AL16] too early", {}, undefined, { delayMs: 60 }, 59, undefined],
  ["[AL16] late enough", {}, undefined, { delayMs: 60 }, 60, "opened"],
  ["[AL16] late, and somebody takes care", { acknowledged: by }, undefined, { delayMs: 60 }, 99, undefined],
  ["[AL15] at once, though somebody takes care", { acknowledged: by }, undefined, {}, 9, "opened"],
  ["[AL15] ended, and told", { state: "resolved", resolvedAt: 9 }, {}, {}, 9, "resolved"],
  ["[AL15] ended, and the end told", { state: "resolved" }, { state: "resolved" }, {}, 9, undefined],
  ["[AL15] ended before it was told", { state: "resolved" }, undefined, {}, 9, undefined],
  ["[AL11] again", { reopened: 1 }, { state: "resolved" }, {}, 9, "reopened"],
  ["[AL11] again, though the end was never told", { reopened: 1 }, {}, {}, 9, "reopened"],
  ["[AL15] worse", { severity: "critical" }, {}, {}, 9, "escalated"],
  ["[AL19] more, and others may still join", {}, { wrongCount: 0 }, {}, GROUP_MS, undefined],
  ["[AL19] more", {}, { wrongCount: 0 }, {}, GROUP_MS + 1, "grown"],
  ["[AL17] not yet again", {}, {}, { repeatMs: 60 }, 59, undefined],
  ["[AL17] still", {}, {}, { repeatMs: 60 }, 60, "reminder"],
  [
    "[AL17] still, and somebody takes care",
    { acknowledged: by },
    { isAcknowledged: true },
    { repeatMs: 60 },
    99,
    undefined,
  ],
  ["[AL14] somebody takes care", { acknowledged: by }, {}, {}, 9, "acknowledged"],
  ["[AL14] whoever hears news only", { acknowledged: by }, {}, { wantsAcknowledged: false }, 9, undefined],
  ["[AL18] snoozed", { snoozedUntil: 50 }, {}, { repeatMs: 10 }, 49, undefined],
  ["[AL18] snoozed, and over", { snoozedUntil: 50 }, {}, {}, 50, "reminder"],
  ["[AL18] snoozed, over, and told", { snoozedUntil: 50 }, { at: 50 }, {}, 60, undefined],
])("%s", (_name, incident, told, hearing, now, expected) => {
  const asked = [
    { ...OPEN, ...incident },
    told === undefined ? undefined : { ...TOLD, ...told },
    { ...ALL, ...hearing },
  ] as const;
  expect(decideTelling(...asked, false, now)).toBe(expected);
  expect(decideTelling(...asked, true, now)).toBeUndefined();
});
