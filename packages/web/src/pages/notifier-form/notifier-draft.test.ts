import { MINUTE_MS, NOTIFIER_KIND_NAMES, notifierEntry } from "@muster/core";
import type { NotifierView } from "@muster/protocol";
import { expect, test } from "vitest";
import {
  bodyOfDraft,
  draftOfNotifier,
  goesElsewhere,
  newNotifierDraft,
  parsedDraft,
  problemsOfDraft,
} from "./notifier-draft.ts";
import type { NotifierDraft } from "./notifier-draft.ts";

const draft = newNotifierDraft("webhook", "Europe/Berlin");
const sound: NotifierDraft = { ...draft, fields: { ...draft.fields, url: "https://chat.example/hook" } };
const bodyOf = (one: NotifierDraft) => {
  const parsed = parsedDraft(one);
  if (!parsed.ok) throw new TypeError("the draft is wrong");
  return bodyOfDraft(one, parsed.settings, "Webhook");
};
const notifier = (parts: Partial<NotifierView>): NotifierView => ({
  ...{
    id: "n",
    kind: "webhook",
    target: "https://chat.example/hook",
    hasSecret: true,
    createdAt: 0,
    waiting: 0,
    refusals: 0,
  },
  ...{ state: { is: "working", since: 0, detail: "" } },
  ...(bodyOf(sound) as Pick<NotifierView, "name" | "settings" | "isEnabled" | "isDefault" | "severityLeast">),
  ...{ delayMs: 0, repeatMs: 0, hours: null, fallbackId: null, ...parts },
});

test.each(NOTIFIER_KIND_NAMES)(
  "[UI47] a form of %s begins without a problem but for what must be filled in",
  (kind) => {
    const problems = problemsOfDraft(newNotifierDraft(kind, "UTC"));
    const { fields } = notifierEntry(kind);
    for (const [input, problem] of Object.entries(problems)) {
      expect(problem, input).toBe("is needed");
      expect(Object.keys(fields)).toContain(input.slice("settings.".length));
    }
  },
);

test("[UI47] what is filled in reads back as it was", () => {
  const known = notifier({
    name: "Night",
    severityLeast: "error",
    delayMs: 15 * MINUTE_MS,
    repeatMs: 90 * MINUTE_MS,
    hours: { zone: "Europe/Berlin", spans: [{ days: [6, 7], from: "20:00", until: "08:00" }] },
    fallbackId: "other",
    isDefault: false,
  });
  const body = bodyOf(draftOfNotifier(known, "UTC"));
  expect(body).toEqual(Object.fromEntries(Object.keys(body).map((key) => [key, known[key as "name"]])));
});

test("one that nobody named is called after its kind; always means no hours", () => {
  expect(bodyOf(sound)).toMatchObject({ name: "Webhook", hours: null, delayMs: 0, fallbackId: null });
});

test("[UI47] what is wrong is told at its input", () => {
  expect(problemsOfDraft(draft)).toEqual({ "settings.url": "is needed" });
  const hours = { ...sound, hours: "some" as const };
  expect(problemsOfDraft(hours)).toEqual({});
  expect(
    problemsOfDraft({
      ...hours,
      zone: "Atlantis",
      spans: [{ days: [], from: "25:00", until: "" }],
      delay: { amount: "soon", unit: "minutes" },
    }),
  ).toEqual({
    "hours.zone": "must be a time zone such as Europe/Berlin",
    "hours.spans.0.days": "must name at least one day",
    "hours.spans.0.from": "must be like 08:30",
    "hours.spans.0.until": "must be like 08:30",
    delayMs: "must be a number",
  });
  expect(problemsOfDraft({ ...hours, zone: "" })).toHaveProperty(["hours.zone"]);
});

test("[UI47] another target is another place to tell, so that its secret goes", () => {
  const known = notifier({});
  expect(goesElsewhere(known, sound)).toBe(false);
  expect(goesElsewhere(known, { ...sound, name: "Other" })).toBe(false);
  expect(goesElsewhere(known, { ...sound, fields: { ...sound.fields, url: "https://evil.example/" } })).toBe(true);
});
