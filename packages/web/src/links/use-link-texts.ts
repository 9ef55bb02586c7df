import type { TFunction } from "i18next";
import type { Language } from "../i18n/language.ts";
import { useLaterTexts } from "../i18n/use-later-texts.ts";
import { en } from "./texts/en.ts";
import { ru } from "./texts/ru.ts";

export const LINK_TEXTS: Readonly<Record<Language, typeof en>> = { en, ru };

/** Texts of links. */
export const useLinkTexts = (): TFunction<"links"> => useLaterTexts("links", LINK_TEXTS);
