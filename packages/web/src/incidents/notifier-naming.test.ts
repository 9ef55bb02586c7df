import { NOTIFIER_KIND_NAMES, notifierEntry } from "@muster/core";
import { expect, test } from "vitest";
import { LANGUAGES } from "../i18n/language.ts";
import { PROBE_NAMES } from "../probes/use-probe-texts.ts";
import { notifierNaming } from "./notifier-naming.ts";
import { ALERT_NAMES } from "./use-alert-texts.ts";

/** Values of choices that are words of the thing itself, the same in every language. */
const isProperName = (value: string): boolean => /^[A-Z0-9][A-Z0-9._/-]*$/.test(value);

test.each(LANGUAGES)("%s names every kind of notifier, its fields, choices and secret", (language) => {
  const names = ALERT_NAMES[language];
  const shared = PROBE_NAMES[language];
  const missing: string[] = [];
  for (const kind of NOTIFIER_KIND_NAMES) {
    const { fields, secret } = notifierEntry(kind);
    // The catalogue itself speaks English.
    if (language !== "en" && names.meanings[kind] === undefined) missing.push(`meanings.${kind}`);
    if (secret !== "none" && names.secrets[kind] === undefined) missing.push(`secrets.${kind}`);
    for (const [field, entry] of Object.entries(fields)) {
      if (!(names.kindFields[`${kind}.${field}`] ?? names.fields[field] ?? shared.fields[field]))
        missing.push(`fields.${field} (${kind})`);
      if (entry.is !== "choice") continue;
      for (const value of entry.of)
        if (!isProperName(value) && !(names.choices[`${field}:${value}`] ?? shared.choices[`${field}:${value}`]))
          missing.push(`choices.${field}:${value}`);
    }
  }
  expect(missing).toEqual([]);
});

test("what has no text is called by the catalogue, or by its key, also of a kind that is not known here", () => {
  const naming = notifierNaming(
    { meanings: {}, fields: {}, kindFields: {}, secrets: {}, choices: {} },
    { fields: { port: ["Port"] }, choices: {} },
  );
  expect(naming.kindTitle("webhook")).toBe("Webhook");
  expect(naming.kindMeaning("webhook")).toBe(notifierEntry("webhook").meaning);
  expect(naming.kindTitle("of_tomorrow")).toBe("Of tomorrow");
  expect(naming.kindMeaning("constructor")).toBe("");
  expect(naming.field("of_tomorrow", "port")).toEqual(["Port"]);
  expect(naming.field("of_tomorrow", "chatId")).toEqual(["Chat id"]);
  expect(naming.choice("security", "starttls")).toBe("starttls");
});
