import type { TasksState } from "@muster/protocol";
import { api } from "../api/api.ts";
import { live } from "../live/live.ts";
import { wholeView } from "../live/whole-view.ts";
import { askedRun } from "./asked-run.ts";
import { applyTasks, NO_TASKS } from "./tasks-view.ts";

const all = wholeView({
  name: "tasks",
  none: NO_TASKS,
  apply: applyTasks,
  listen: (onMessage) => live.listen<"tasks">("tasks", onMessage),
  async fetchWhole(signal): Promise<TasksState> {
    const { items } = await api("GET /api/v1/tasks", { signal });
    return { whole: true, tasks: items, removed: [], runs: [] };
  },
});

/** Tasks and their runs as the live socket tells them, and `note`, which takes in what the answer to a change says. */
export const { use: useTasks, note: noteTasks } = all;

/** Forgets everything: somebody else may sign in at this page. */
export function forgetTasks(): void {
  all.forget();
  askedRun.set(undefined);
}
