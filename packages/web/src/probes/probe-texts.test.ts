import { PROBE_KIND_NAMES, probeEntry } from "@muster/core";
import type { ProbeFields } from "@muster/core";
import i18next from "i18next";
import { expect, test } from "vitest";
import { LANGUAGES } from "../i18n/language.ts";
import { problemText } from "./problem-text.ts";
import { probeNaming } from "./probe-naming.ts";
import { PROBE_NAMES, PROBE_TEXTS } from "./use-probe-texts.ts";
import { enNames } from "./texts/en.ts";

/** Values of choices that are words of the thing itself, the same in every language. */
const isProperName = (value: string): boolean => /^[A-Z0-9][A-Z0-9._/-]*$/.test(value);

test.each(LANGUAGES)("%s names every kind, field, choice, chart and act", (language) => {
  const names = PROBE_NAMES[language];
  const missing: string[] = [];
  const need = (what: string, is: unknown): void => {
    if (is === undefined) missing.push(what);
  };
  const needFields = (kind: string, fields: ProbeFields): void => {
    for (const [field, entry] of Object.entries(fields)) {
      need(`fields.${field} (${kind})`, names.kindFields[`${kind}.${field}`] ?? names.fields[field]);
      if (entry.is !== "choice") continue;
      for (const value of entry.of)
        need(`choices.${field}:${value}`, isProperName(value) || names.choices[`${field}:${value}`]);
    }
  };
  for (const kind of PROBE_KIND_NAMES) {
    const { fields, charts, acts } = probeEntry(kind);
    // The catalogue itself speaks English.
    if (language !== "en") need(`meanings.${kind}`, names.meanings[kind]);
    needFields(kind, fields);
    for (const { key } of charts) need(`charts.${key}`, names.charts[key]);
    for (const [act, entry] of Object.entries(acts)) {
      need(`acts.${kind}.${act}`, names.acts[`${kind}.${act}`]?.[0]);
      if (language !== "en") need(`acts.${kind}.${act} meaning`, names.acts[`${kind}.${act}`]?.[1]);
      needFields(kind, entry.fields);
    }
  }
  expect(missing).toEqual([]);
});

test.each(LANGUAGES)("%s names nothing that no kind has", (language) => {
  const names = PROBE_NAMES[language];
  const known = { fields: new Set<string>(), kindFields: new Set<string>(), choices: new Set<string>() };
  const charts = new Set(["health", "took"]);
  const acts = new Set<string>();
  const know = (kind: string, fields: ProbeFields): void => {
    for (const [field, entry] of Object.entries(fields)) {
      known.kindFields.add(`${kind}.${field}`);
      if (names.kindFields[`${kind}.${field}`] === undefined) known.fields.add(field);
      if (entry.is === "choice") for (const value of entry.of) known.choices.add(`${field}:${value}`);
    }
  };
  for (const kind of PROBE_KIND_NAMES) {
    const entry = probeEntry(kind);
    know(kind, entry.fields);
    for (const { key } of entry.charts) charts.add(key);
    for (const [act, { fields }] of Object.entries(entry.acts)) {
      acts.add(`${kind}.${act}`);
      know(kind, fields);
    }
  }
  const kinds = new Set<string>(PROBE_KIND_NAMES);
  const secrets = new Set<string>(PROBE_KIND_NAMES.filter((kind) => probeEntry(kind).secret !== "none"));
  const all = { ...known, charts, acts, secrets, titles: kinds, meanings: kinds };
  const idle = Object.entries(all).flatMap(([part, there]) =>
    Object.keys(names[part as keyof typeof all])
      .filter((key) => !there.has(key))
      .map((key) => `${part}.${key}`),
  );
  expect(idle).toEqual([]);
});

test.each(LANGUAGES)("%s names what English names in reports, and has no empty name", (language) => {
  const names = PROBE_NAMES[language];
  expect(Object.keys(names.report).toSorted()).toEqual(Object.keys(enNames.report).toSorted());
  for (const texts of [names.meanings, names.choices, names.report, names.charts])
    for (const text of Object.values(texts)) expect(text.trim()).not.toBe("");
});

test("what has no text is called by its key, made readable, also of a kind that is not known here", () => {
  const naming = probeNaming(enNames);
  expect(naming.kindTitle("of_tomorrow")).toBe("Of tomorrow");
  expect(naming.kindMeaning("constructor")).toBe("");
  expect(naming.field("of_tomorrow", "wishedColour")).toEqual(["Wished colour"]);
  expect(naming.report("missRatio")).toBe("Miss ratio");
  expect(naming.actTitle("of_tomorrow", "flushAll")).toBe("Flush all");
  expect(naming.choice("method", "GET")).toBe("GET");
});

test("every sentence in which a setting is refused is told in the language in use", async () => {
  const instance = i18next.createInstance();
  await instance.init({
    lng: "ru",
    resources: { ru: { probes: PROBE_TEXTS.ru } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  const say = instance.getFixedT("ru", "probes");
  for (const sentence of [
    "is needed",
    "is needed by this kind",
    "is needed where a server looks",
    "must be text",
    "must not be empty",
    "must have at most 500 characters",
    "must hold no control characters",
    "must be a host name or an address",
    "must be an address with http:// or https:// and no password",
    "must be an address with ws:// or wss:// and no password",
    "must be one word of letters, digits and . _ - @ : +",
    "must be like `Name: value`, in printable characters",
    "must be a number",
    "must be a whole number",
    "must be 0.2 to 60",
    "must be one of GET, HEAD",
    "must be at most 20 lines",
    "must be a list of texts",
    "must be true or false",
    "must be a name of the server's policy, of letters, digits and . _ - @ :",
    "must be exit codes such as 0, 2, or none",
    "cannot be read as an address",
    "there is no such server",
    "must be null: this kind looks from the hub only",
    "must be a server: this kind looks from a server only",
  ])
    expect(problemText(sentence, say) ?? sentence, sentence).toMatch(
      /^must be (?:a list of texts|true or false)$|[а-я]/,
    );
  expect(problemText("must be 0.2 to 60", say)).toBe("от 0.2 до 60");
  expect(problemText("is taken", say)).toBeUndefined();
});
