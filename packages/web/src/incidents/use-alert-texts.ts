import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n/language.ts";
import type { Language } from "../i18n/language.ts";
import { useLaterTexts } from "../i18n/use-later-texts.ts";
import { PROBE_NAMES } from "../probes/use-probe-texts.ts";
import { notifierNaming } from "./notifier-naming.ts";
import type { NotifierNaming } from "./notifier-naming.ts";
import { en, enNames } from "./texts/en.ts";
import type { AlertNames } from "./texts/names.ts";
import { ru, ruNames } from "./texts/ru.ts";

export const ALERT_TEXTS: Readonly<Record<Language, typeof en>> = { en, ru };
export const ALERT_NAMES: Readonly<Record<Language, AlertNames>> = { en: enNames, ru: ruNames };

export type SayAlerts = TFunction<"alerts">;

/** Texts of incidents, rules, notifiers, silences and status pages. */
export const useAlertTexts = (): SayAlerts => useLaterTexts("alerts", ALERT_TEXTS);

/** Names of kinds of notifiers and of their fields in the language in use. */
export function useNotifierNaming(): NotifierNaming {
  const { language } = useTranslation().i18n;
  return useMemo(() => {
    const known = LANGUAGES.find((one) => one === language) ?? "en";
    return notifierNaming(ALERT_NAMES[known], PROBE_NAMES[known]);
  }, [language]);
}
