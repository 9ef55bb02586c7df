import { useTranslation } from "react-i18next";
import { isApiError } from "../api/api-error.ts";
import { fieldText } from "./field-text.ts";

/** The hub names the element that is wrong, such as `tags.1`; the input is one for all of them. */
export const inputOf = (path: string): string => path.replace(/[.[].*$/, "");

/** What is wrong at which input, by the input's name and in the language in use. */
export function useFieldErrors(error: unknown): Readonly<Record<string, string>> {
  const { t } = useTranslation();
  if (!isApiError(error)) return {};
  return Object.fromEntries(
    Object.entries(error.fields).map(([path, sentence]) => [inputOf(path), fieldText(sentence, t)]),
  );
}
