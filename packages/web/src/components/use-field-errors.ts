import { useTranslation } from "react-i18next";
import { fieldText } from "./field-text.ts";
import { problemsAtInputs } from "./problems-at-inputs.ts";

/** The hub names the element that is wrong, such as `tags.1`; the input is one for all of them. */
export const inputOf = (path: string): string => path.replace(/[.[].*$/, "");

/** What is wrong at which input, by the input's name and in the language in use. */
export function useFieldErrors(error: unknown): Readonly<Record<string, string>> {
  const { t } = useTranslation();
  return problemsAtInputs({}, error, inputOf, (sentence) => fieldText(sentence, t));
}
