import { parseSettings, PROBE_KIND_NAMES, probeEntry } from "@muster/core";
import type { ProbeFields } from "@muster/core";
import { expect, test } from "vitest";
import { secretToSend } from "../../links/link-draft.ts";
import { fieldDraftOf, settingsOfDraft } from "../../probes/field-draft.ts";
import {
  bodyOfDraft,
  draftOfProbe,
  goesElsewhere,
  newProbeDraft,
  parsedDraft,
  problemsOfDraft,
  suggestedName,
  trialOfDraft,
} from "./probe-draft.ts";
import type { ProbeDraft } from "./probe-draft.ts";
import { testProbe } from "../../probes/test-probe.ts";

const FIELDS: ProbeFields = {
  host: { is: "text", form: "host", charactersMax: 253 },
  query: { is: "text", form: "any", block: true, charactersMax: 100, default: "" },
  share: { is: "number", unit: "ratio", least: 0, most: 1, default: 0.05 },
  port: { is: "number", unit: "port", least: 1, most: 65_535, default: 22 },
  mode: { is: "choice", of: ["fast", "slow"], default: "slow" },
  strict: { is: "flag", default: true },
  names: { is: "lines", form: "word", itemsMax: 2, charactersMax: 9 },
};

test("a form shows the defaults, and gives back what is kept, whatever the sort of field", () => {
  expect(fieldDraftOf(FIELDS)).toEqual({
    ...{ host: "", query: "", share: "5", port: "22", mode: "slow", strict: true, names: "" },
  });
  const kept = {
    ...{ host: "db", query: "select\n1", share: 0.125, port: 5, mode: "fast", strict: false },
    names: ["a", "b"],
  };
  expect(settingsOfDraft(FIELDS, fieldDraftOf(FIELDS, kept))).toEqual({ ok: true, settings: kept });
});

test("what was left empty stands as nobody had filled it in; shares are entered in per cent, decimals with a comma too", () => {
  const draft = { ...fieldDraftOf(FIELDS), host: " db ", port: " ", share: "12,5", names: " a \n\n b\n" };
  expect(settingsOfDraft(FIELDS, draft)).toEqual({
    ok: true,
    settings: {
      ...{ host: "db", query: "", share: 0.125, port: 22, mode: "slow", strict: true },
      names: ["a", "b"],
    },
  });
});

test("what is wrong is told by field in the words of the hub, ranges of shares as they are entered", () => {
  const draft = { ...fieldDraftOf(FIELDS), port: "x", share: "101", names: "a\nb\nc", query: "a\u0000" };
  expect(settingsOfDraft(FIELDS, draft)).toEqual({
    ok: false,
    problems: {
      host: "is needed",
      query: "must hold no control characters",
      share: "must be 0 to 100",
      port: "must be a number",
      names: "must be at most 2 lines",
    },
  });
});

test.each(PROBE_KIND_NAMES)("the first form of %s differs from its defaults in nothing", (kind) => {
  const { fields } = probeEntry(kind);
  const given = Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) =>
      field.is === "text" && field.default === undefined
        ? [[name, field.form === "http-url" ? "http://a.example/" : field.form === "ws-url" ? "ws://a.example/" : "a"]]
        : [],
    ),
  );
  const draft = { ...newProbeDraft(kind), fields: { ...newProbeDraft(kind).fields, ...given } };
  expect(parsedDraft(draft)).toEqual(parseSettings(fields, given));
});

const http = (url: string, parts: Partial<ProbeDraft> = {}): ProbeDraft => {
  const draft = newProbeDraft("http");
  return { ...draft, ...parts, fields: { ...draft.fields, url } };
};
const settings = (draft: ProbeDraft) => {
  const parsed = parsedDraft(draft);
  if (!parsed.ok) throw new TypeError(JSON.stringify(parsed.problems));
  return parsed.settings;
};

test("a name is suggested from what is looked at, and stays what somebody typed", () => {
  expect(suggestedName(http("https://shop.example/healthz?key=1"))).toBe("shop.example/healthz");
  expect(suggestedName(http("http://10.0.0.1:8080/"))).toBe("10.0.0.1:8080");
  expect(suggestedName(http("shop"))).toBe("");
  expect(suggestedName(newProbeDraft("passive"))).toBe(probeEntry("passive").title);
  const draft = http("http://a.example/");
  expect(bodyOfDraft(draft, settings(draft)).name).toBe("a.example");
  expect(bodyOfDraft({ ...draft, name: " Shop " }, settings(draft)).name).toBe("Shop");
});

test("what the hub is told: seconds become milliseconds, empty pickers nobody", () => {
  const draft = http("http://a.example/", { interval: "7,5", timeout: "0.2", tags: "prod, eu", about: "s1" });
  expect(problemsOfDraft(draft)).toEqual({});
  expect(bodyOfDraft(draft, settings(draft))).toMatchObject({
    ...{ via: null, about: "s1", tags: ["prod", "eu"], intervalMs: 7_500, timeoutMs: 200, rise: 1, fall: 3 },
  });
  const told = (about: string, service: string) => bodyOfDraft({ ...draft, about, service }, settings(draft)).service;
  expect(told("s1", "container/team/app")).toEqual({ driver: "container", name: "team/app" });
  expect([told("s1", ""), told("", "systemd/a"), told("s1", "cron/a"), told("s1", "systemd/")]).toEqual([
    null,
    null,
    null,
    null,
  ]);
  expect(trialOfDraft(draft, settings(draft), "secret", "p1")).toMatchObject({
    ...{ kind: "http", secret: "secret", probe: "p1", via: null, timeoutMs: 200 },
  });
});

test("what is wrong around the settings is told at its input", () => {
  const wrong = http("shop", { interval: "4", timeout: "", rise: "1.5", fall: "21" });
  expect(Object.keys(problemsOfDraft(wrong)).toSorted()).toEqual([
    "fall",
    "intervalMs",
    "rise",
    "settings.url",
    "timeoutMs",
  ]);
});

test("a kept secret is forgotten when target or way are others, and only then", () => {
  const probe = testProbe({ name: "Shop", target: "http://a.example/", settings: { url: "http://a.example/" } });
  const draft = draftOfProbe(probe);
  expect(goesElsewhere(probe, draft)).toBe(false);
  expect(goesElsewhere(probe, { ...draft, name: "Other", interval: "60" })).toBe(false);
  expect(goesElsewhere(probe, { ...draft, fields: { ...draft.fields, url: "http://b.example/" } })).toBe(true);
  expect(goesElsewhere(probe, { ...draft, via: "gate" })).toBe(true);
});

test("a secret is set, removed or left", () => {
  expect(secretToSend({ is: "kept" }, true)).toBeUndefined();
  expect(secretToSend({ is: "removed" }, true)).toBeNull();
  expect(secretToSend({ is: "removed" }, false)).toBeUndefined();
  expect(secretToSend({ is: "set", text: "" }, true)).toBeUndefined();
  expect(secretToSend({ is: "set", text: "x" }, true)).toBe("x");
});
