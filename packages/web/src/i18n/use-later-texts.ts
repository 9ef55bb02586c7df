import i18next from "i18next";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "./language.ts";
import type { Language } from "./language.ts";

/** Texts, in the language in use, that come with the pages that show them: the first view needs none of them. */
export function useLaterTexts<Part extends "links" | "probes" | "alerts" | "tasks">(
  part: Part,
  texts: Readonly<Record<Language, object>>,
): TFunction<Part> {
  for (const language of LANGUAGES)
    if (!i18next.hasResourceBundle(language, part)) i18next.addResourceBundle(language, part, texts[language]);
  return useTranslation(part).t as TFunction<Part>;
}
