import { useTranslation } from "react-i18next";
import { isApiError } from "../api/api-error.ts";
import { fieldText } from "./field-text.ts";

/** What is wrong at which input, by the input's name and in the language in use. */
export function useFieldErrors(error: unknown): Readonly<Record<string, string>> {
  const { t } = useTranslation();
  if (!isApiError(error)) return {};
  return Object.fromEntries(Object.entries(error.fields).map(([name, sentence]) => [name, fieldText(sentence, t)]));
}
