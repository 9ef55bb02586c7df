import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/api.ts";
import { noteTasks } from "./tasks.ts";
import type { Run } from "./tasks-view.ts";

export type TaskAct =
  | { readonly is: "enable"; readonly taskId: string; readonly isEnabled: boolean }
  | { readonly is: "run"; readonly taskId: string }
  | { readonly is: "cancel"; readonly runId: string };

/** Does something with a task or a run and shows it at once, without waiting for the live socket. Of a run its newest look comes back. */
export function useTaskActs() {
  const queries = useQueryClient();
  return useMutation({
    async mutationFn(act: TaskAct): Promise<Run | undefined> {
      if (act.is === "enable") {
        const { taskId: id, isEnabled } = act;
        const task = await api("POST /api/v1/tasks/{id}/enable", { params: { id }, body: { isEnabled } });
        noteTasks({ whole: false, tasks: [task], removed: [], runs: [] });
        return undefined;
      }
      const run =
        act.is === "run"
          ? await api("POST /api/v1/tasks/{id}/run", { params: { id: act.taskId } })
          : await api("POST /api/v1/runs/{id}/cancel", { params: { id: act.runId } });
      noteTasks({ whole: false, tasks: [], removed: [], runs: [run] });
      return run;
    },
    onSuccess: (run, act) =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["task", run?.taskId ?? (act.is === "enable" ? act.taskId : "")] }),
        queries.invalidateQueries({ queryKey: ["run", run?.id ?? ""] }),
      ]),
  });
}
