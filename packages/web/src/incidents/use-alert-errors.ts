import { useTranslation } from "react-i18next";
import { fieldText } from "../components/field-text.ts";
import { problemsAtInputs } from "../components/problems-at-inputs.ts";
import { problemText } from "../probes/problem-text.ts";
import { useProbeTexts } from "../probes/use-probe-texts.ts";
import { alertProblemText } from "./alert-problem-text.ts";
import { useAlertTexts } from "./use-alert-texts.ts";

/** What is wrong at which input of a form of alerting, as `problemsAtInputs`. */
export function useAlertErrors(
  seen: Readonly<Record<string, string>>,
  error: unknown,
  inputOf: (path: string) => string,
): Readonly<Record<string, string>> {
  const { t } = useTranslation();
  const say = useAlertTexts();
  const sayOfFields = useProbeTexts();
  return problemsAtInputs(
    seen,
    error,
    inputOf,
    (sentence) => alertProblemText(sentence, say) ?? problemText(sentence, sayOfFields) ?? fieldText(sentence, t),
  );
}
