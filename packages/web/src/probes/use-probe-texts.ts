import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n/language.ts";
import type { Language } from "../i18n/language.ts";
import { useLaterTexts } from "../i18n/use-later-texts.ts";
import { probeNaming } from "./probe-naming.ts";
import type { ProbeNaming } from "./probe-naming.ts";
import { en, enNames } from "./texts/en.ts";
import type { ProbeNames } from "./texts/names.ts";
import { ru, ruNames } from "./texts/ru.ts";

export const PROBE_TEXTS: Readonly<Record<Language, typeof en>> = { en, ru };
export const PROBE_NAMES: Readonly<Record<Language, ProbeNames>> = { en: enNames, ru: ruNames };

/** Texts of probes. */
export const useProbeTexts = (): TFunction<"probes"> => useLaterTexts("probes", PROBE_TEXTS);

/** Names of kinds, fields, reports and acts in the language in use. */
export function useProbeNaming(): ProbeNaming {
  const { language } = useTranslation().i18n;
  return useMemo(() => probeNaming(PROBE_NAMES[LANGUAGES.find((one) => one === language) ?? "en"]), [language]);
}
