import { useTranslation } from "react-i18next";
import { fieldText } from "../components/field-text.ts";
import { problemsAtInputs } from "../components/problems-at-inputs.ts";
import { inputOf } from "../components/use-field-errors.ts";
import { problemText } from "./problem-text.ts";
import { useProbeTexts } from "./use-probe-texts.ts";

/** `settings.headers.2` is told at `settings.headers`, `tags.1` at `tags`. */
export const probeInputOf = (path: string): string => {
  const inner = /^(settings|arguments)\.([^.[]+)/.exec(path);
  return inner ? `${inner[1]}.${inner[2]}` : inputOf(path);
};

/** What is wrong at which input of a form of a probe, as `problemsAtInputs`. */
export function useProbeErrors(
  seen: Readonly<Record<string, string>>,
  error: unknown,
): Readonly<Record<string, string>> {
  const { t } = useTranslation();
  const say = useProbeTexts();
  return problemsAtInputs(
    seen,
    error,
    probeInputOf,
    (sentence) => problemText(sentence, say) ?? fieldText(sentence, t),
  );
}
