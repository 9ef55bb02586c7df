import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

/** What an expression says in Russian, by a table that is loaded when somebody needs it first. */
async function russianWords(expression: string): Promise<string> {
  const [{ default: cronstrue }] = await Promise.all([import("cronstrue"), import("cronstrue/locales/ru")]);
  const words = cronstrue.toString(expression, { locale: "ru", use24HourTimeFormat: true });
  return words.charAt(0).toLowerCase() + words.slice(1);
}

/** What a cron expression says in the language in use; `english`, as the hub says it, until that is known. */
export function useCronWords(expression: string | undefined, english: string): string {
  const { language } = useTranslation().i18n;
  const words = useQuery({
    queryKey: ["cron-words", expression],
    enabled: language === "ru" && expression !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => russianWords(expression ?? ""),
  });
  return language === "ru" ? (words.data ?? english) : english;
}
