import type { TFunction } from "i18next";
import type { Language } from "../i18n/language.ts";
import { useLaterTexts } from "../i18n/use-later-texts.ts";
import { en } from "./texts/en.ts";
import { ru } from "./texts/ru.ts";

export const TASK_TEXTS: Readonly<Record<Language, typeof en>> = { en, ru };

export type SayTasks = TFunction<"tasks">;

/** Texts of tasks and their runs. */
export const useTaskTexts = (): SayTasks => useLaterTexts("tasks", TASK_TEXTS);
