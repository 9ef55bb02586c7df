import { StoredChoice } from "../browser/stored-choice.ts";

/** Languages that are complete. */
export const LANGUAGES = ["en", "ru"] as const;
export type Language = (typeof LANGUAGES)[number];
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: "English", ru: "Русский" };

const isLanguage = (value: unknown): value is Language => LANGUAGES.some((language) => language === value);

/** The first of the browser's wishes that is complete. */
export function preferredLanguage(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const language = wish.slice(0, 2).toLowerCase();
    if (isLanguage(language)) return language;
  }
  return "en";
}

export const languageChoice = new StoredChoice<Language>(
  "muster.language",
  preferredLanguage(typeof navigator === "undefined" ? [] : navigator.languages),
  isLanguage,
);
