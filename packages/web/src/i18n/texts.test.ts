import { expect, test } from "vitest";
import { en } from "./en.ts";
import { LANGUAGES, preferredLanguage } from "./language.ts";
import { ALERT_TEXTS } from "../incidents/use-alert-texts.ts";
import { LINK_TEXTS } from "../links/use-link-texts.ts";
import { PROBE_TEXTS } from "../probes/use-probe-texts.ts";
import { TASK_TEXTS } from "../tasks/use-task-texts.ts";
import { ru } from "./ru.ts";

const ENGLISH = {
  main: en,
  links: LINK_TEXTS.en,
  probes: PROBE_TEXTS.en,
  alerts: ALERT_TEXTS.en,
  tasks: TASK_TEXTS.en,
};
const TEXTS: Readonly<Record<string, object>> = {
  en: ENGLISH,
  ru: { main: ru, links: LINK_TEXTS.ru, probes: PROBE_TEXTS.ru, alerts: ALERT_TEXTS.ru, tasks: TASK_TEXTS.ru },
};
const PLURAL = /_(zero|one|two|few|many|other)$/;

function flatten(texts: object, prefix = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === "string") flat.set(prefix + key, value);
    else for (const [inner, text] of flatten(value as object, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}

const keysOf = (texts: object): string[] =>
  [...new Set([...flatten(texts).keys()].map((key) => key.replace(PLURAL, "")))].toSorted();
const marksOf = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).toSorted();

test("every language that can be picked has texts", () => {
  expect(Object.keys(TEXTS)).toEqual([...LANGUAGES]);
});

test.each(LANGUAGES)("%s has exactly the keys of English", (language) => {
  expect(keysOf(TEXTS[language]!)).toEqual(keysOf(ENGLISH));
});

test.each(LANGUAGES)("%s has no empty text, and the same values inside each", (language) => {
  const english = flatten(ENGLISH);
  for (const [key, text] of flatten(TEXTS[language]!)) {
    expect(text.trim(), key).not.toBe("");
    const original = english.get(key) ?? english.get(key.replace(PLURAL, "_other"));
    expect(marksOf(text), key).toEqual(marksOf(original ?? ""));
  }
});

test.each(LANGUAGES)("%s has every plural form that the language has", (language) => {
  const flat = flatten(TEXTS[language]!);
  const forms = new Set<string>(new Intl.PluralRules(language).resolvedOptions().pluralCategories);
  const stems = new Set([...flat.keys()].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, "")));
  expect(stems.size).toBeGreaterThan(0);
  for (const stem of stems) {
    const keys = [...flat.keys()].filter((key) => PLURAL.test(key) && key.replace(PLURAL, "") === stem);
    expect(new Set(keys.map((key) => PLURAL.exec(key)![1])), stem).toEqual(forms);
  }
});

test("the browser's first wish that is complete wins", () => {
  expect(preferredLanguage(["vi-VN", "ru-RU", "en-US"])).toBe("ru");
  expect(preferredLanguage(["vi-VN"])).toBe("en");
});
