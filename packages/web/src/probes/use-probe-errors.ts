import { useTranslation } from "react-i18next";
import { isApiError } from "../api/api-error.ts";
import { fieldText } from "../components/field-text.ts";
import { inputOf } from "../components/use-field-errors.ts";
import { problemText } from "./problem-text.ts";
import { useProbeTexts } from "./use-probe-texts.ts";

/** `settings.headers.2` is told at `settings.headers`, `tags.1` at `tags`. */
export const probeInputOf = (path: string): string => {
  const inner = /^(settings|arguments)\.([^.[]+)/.exec(path);
  return inner ? `${inner[1]}.${inner[2]}` : inputOf(path);
};

/** What is wrong at which input, in the language in use: what the form sees itself, and what the hub said. */
export function useProbeErrors(
  seen: Readonly<Record<string, string>>,
  error: unknown,
): Readonly<Record<string, string>> {
  const { t } = useTranslation();
  const say = useProbeTexts();
  const told = isApiError(error)
    ? Object.entries(error.fields).map(([path, sentence]) => [probeInputOf(path), sentence] as const)
    : [];
  return Object.fromEntries(
    [...told, ...Object.entries(seen)].map(([input, sentence]) => [
      input,
      problemText(sentence, say) ?? fieldText(sentence, t),
    ]),
  );
}
