import i18next from "i18next";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n/language.ts";
import type { Language } from "../i18n/language.ts";
import { en } from "./texts/en.ts";
import { ru } from "./texts/ru.ts";

export const LINK_TEXTS: Readonly<Record<Language, typeof en>> = { en, ru };

/** Texts of links, in the language in use. They come with the pages that show them: the first view needs none of them. */
export function useLinkTexts(): TFunction<"links"> {
  for (const language of LANGUAGES)
    if (!i18next.hasResourceBundle(language, "links"))
      i18next.addResourceBundle(language, "links", LINK_TEXTS[language]);
  return useTranslation("links").t;
}
