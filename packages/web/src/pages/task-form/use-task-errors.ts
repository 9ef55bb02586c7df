import { useTranslation } from "react-i18next";
import { isApiError } from "../../api/api-error.ts";
import { fieldText } from "../../components/field-text.ts";
import { alertProblemText } from "../../incidents/alert-problem-text.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";
import { taskProblemText } from "../../tasks/task-problem-text.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { taskInputOf } from "./task-draft.ts";
import type { TaskProblems } from "./task-draft.ts";

/** What is wrong at which input, in the language in use: what the form sees itself, and what the hub said. */
export function useTaskErrors(seen: TaskProblems, error: unknown): Readonly<Record<string, string>> {
  const { t } = useTranslation();
  const say = useTaskTexts();
  const sayOfAlerts = useAlertTexts();
  const told = isApiError(error)
    ? Object.entries(error.fields).map(([path, sentence]) => [taskInputOf(path), sentence] as const)
    : [];
  return Object.fromEntries(
    [...told, ...Object.entries(seen)].map(([input, sentence]) => [
      input,
      taskProblemText(sentence, say) ?? alertProblemText(sentence, sayOfAlerts) ?? fieldText(sentence, t),
    ]),
  );
}
