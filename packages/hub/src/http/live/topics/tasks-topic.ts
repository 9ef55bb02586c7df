import type { TaskRunView, TasksState } from "@muster/protocol";
import { runView } from "../../../tasks/task-desk.ts";
import type { TaskDesk } from "../../../tasks/task-desk.ts";
import type { TopicSource } from "./topic-source.ts";

/** All tasks with the runs that go on; then those that changed, and every run that is new or has changed. */
export const tasksTopic = ({ tasks }: { readonly tasks: TaskDesk }): TopicSource<TasksState> => ({
  open({ plan, signal }) {
    const changed = new Set<string>();
    const removed = new Set<string>();
    const runs = new Map<string, TaskRunView>();
    const stop = tasks.listen(({ is, taskId, run }) => {
      if (is === "removed") removed.add(taskId);
      else changed.add(taskId);
      if (run !== undefined) runs.set(run.id, runView(run));
      plan();
    });
    signal.addEventListener("abort", stop, { once: true });
    return {
      whole: () => ({
        ...{ whole: true, tasks: tasks.ids().map((id) => tasks.view(id)) },
        ...{ removed: [], runs: [...tasks.openRuns()] },
      }),
      change() {
        if (changed.size === 0 && removed.size === 0) return undefined;
        const state = {
          ...{ whole: false, tasks: [...changed].filter((id) => tasks.has(id)).map((id) => tasks.view(id)) },
          ...{ removed: [...removed], runs: [...runs.values()] },
        };
        changed.clear();
        removed.clear();
        runs.clear();
        return state;
      },
    };
  },
});
