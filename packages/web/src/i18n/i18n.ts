import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { languageChoice } from "./language.ts";
import type { Language } from "./language.ts";

/** Only the language in use is loaded. */
const TEXTS: Readonly<Record<Language, () => Promise<object>>> = {
  en: () => import("./en.ts").then((module) => module.en),
  ru: () => import("./ru.ts").then((module) => module.ru),
};

async function load(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", await TEXTS[language]());
  }
}

/** Resolves when texts can be shown. The language follows the choice from then on. */
export async function startTexts(): Promise<void> {
  const language = languageChoice.get();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: {},
    // React escapes already; doing it twice would show the escapes.
    interpolation: { escapeValue: false },
    returnNull: false,
    react: { useSuspense: false },
  });
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  languageChoice.subscribe(() => {
    const next = languageChoice.get();
    void load(next).then(() => {
      document.documentElement.lang = next;
      return i18next.changeLanguage(next);
    });
  });
}
