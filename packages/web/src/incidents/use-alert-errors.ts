import { useTranslation } from "react-i18next";
import { isApiError } from "../api/api-error.ts";
import { fieldText } from "../components/field-text.ts";
import { problemText } from "../probes/problem-text.ts";
import { useProbeTexts } from "../probes/use-probe-texts.ts";
import { alertProblemText } from "./alert-problem-text.ts";
import { useAlertTexts } from "./use-alert-texts.ts";

/**
 * What is wrong at which input, in the language in use: what the form sees itself, and what the hub said. `inputOf`: the
 * input at which a path of the hub, such as `condition.levels.0.threshold`, is told.
 */
export function useAlertErrors(
  seen: Readonly<Record<string, string>>,
  error: unknown,
  inputOf: (path: string) => string,
): Readonly<Record<string, string>> {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const sayOfFields = useProbeTexts();
  const told = isApiError(error)
    ? Object.entries(error.fields).map(([path, sentence]) => [inputOf(path), sentence] as const)
    : [];
  return Object.fromEntries(
    [...told, ...Object.entries(seen)].map(([input, sentence]) => [
      input,
      alertProblemText(sentence, say) ?? problemText(sentence, sayOfFields) ?? fieldText(sentence, t),
    ]),
  );
}
