import { Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useRight } from "../api/use-right.ts";
import { errorText } from "../components/error-text.ts";
import type { Task } from "./tasks-view.ts";
import { useTaskActs } from "./use-task-acts.ts";
import { useTaskTexts } from "./use-task-texts.ts";

/** Whether a task is on. Whoever switches it on lends it their rights from then on. */
export function TaskSwitch({ task, label }: { readonly task: Task; readonly label?: string }) {
  const { t } = useTranslation();
  const say = useTaskTexts();
  const mayChange = useRight("tasks.write");
  const acts = useTaskActs();
  const { id, name, isEnabled } = task;
  const isOn = acts.isPending && acts.variables.is === "enable" ? acts.variables.isEnabled : isEnabled;
  return (
    <Switch
      size="xs"
      {...(label === undefined ? { "aria-label": say("enabledOf", { name }) } : { label })}
      title={acts.error === null ? undefined : errorText(acts.error, t)}
      error={label !== undefined && acts.error !== null ? errorText(acts.error, t) : acts.error !== null}
      checked={isOn}
      disabled={!mayChange || acts.isPending}
      onChange={(event) => acts.mutate({ is: "enable", taskId: id, isEnabled: event.currentTarget.checked })}
      data-testid="task-switch"
    />
  );
}
