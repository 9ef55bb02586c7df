import { useTranslation } from "react-i18next";
import { fieldText } from "../../components/field-text.ts";
import { problemsAtInputs } from "../../components/problems-at-inputs.ts";
import { alertProblemText } from "../../incidents/alert-problem-text.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { taskProblemText } from "../../tasks/task-problem-text.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { taskInputOf } from "./task-draft.ts";
import type { TaskProblems } from "./task-draft.ts";

/** What is wrong at which input of the form of a task, as `problemsAtInputs`. */
export function useTaskErrors(seen: TaskProblems, error: unknown): Readonly<Record<string, string>> {
  const { t } = useTranslation();
  const say = useTaskTexts();
  const sayOfAlerts = useAlertTexts();
  return problemsAtInputs(
    seen,
    error,
    taskInputOf,
    (sentence) => taskProblemText(sentence, say) ?? alertProblemText(sentence, sayOfAlerts) ?? fieldText(sentence, t),
  );
}
