import { useNavigate } from "@tanstack/react-router";
import { isApiError } from "../api/api-error.ts";
import { useObservable } from "../browser/observable.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { TypedConfirm } from "../components/typed-confirm.tsx";
import { askedRun } from "./asked-run.ts";
import { useTasks } from "./tasks.ts";
import type { Task } from "./tasks-view.ts";
import { useTaskActs } from "./use-task-acts.ts";
import { useTaskTexts } from "./use-task-texts.ts";
import { useWorkText } from "./use-work-text.ts";

/** Asks whether a task is to run now, says what it will do, and leads to the run. */
export function RunNow() {
  const id = useObservable(askedRun);
  const { tasks } = useTasks();
  const task = id === undefined ? undefined : tasks.get(id);
  return task && <AskRun key={task.id} task={task} />;
}

function AskRun({ task }: { readonly task: Task }) {
  const say = useTaskTexts();
  const navigate = useNavigate();
  const acts = useTaskActs();
  const textOf = useWorkText();
  // The hub says only that it clashes with something.
  const isRunning = isApiError(acts.error, "CONFLICT");
  const close = (): void => askedRun.set(undefined);
  return (
    <TypedConfirm
      title={say("runTitle", { name: task.name })}
      text={
        <>
          <div>
            <strong>
              <ForeignText text={textOf(task.work)} />
            </strong>
          </div>
          <div className="soft">{say("runText")}</div>
          {isRunning && (
            <div className="warning" role="alert">
              {say("runGoesOn")}
            </div>
          )}
        </>
      }
      action={say("runNow")}
      busy={acts.isPending}
      error={isRunning ? null : acts.error}
      onConfirm={() =>
        acts.mutate(
          { is: "run", taskId: task.id },
          {
            onSuccess(run) {
              close();
              if (run) void navigate({ to: "/runs/$id", params: { id: run.id } });
            },
          },
        )
      }
      onClose={close}
    />
  );
}
