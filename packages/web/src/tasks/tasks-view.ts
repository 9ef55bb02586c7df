import type { TaskRunView, TasksState, TaskView } from "@muster/protocol";

export type Task = TaskView;
export type Run = TaskRunView;

/** What is known of tasks, by id, and of runs: those that go on, and what was told last. `loaded` is false until the first whole answer. */
export interface TasksView {
  readonly loaded: boolean;
  readonly tasks: ReadonlyMap<string, Task>;
  /** Newest first. */
  readonly runs: readonly Run[];
}

export const NO_TASKS: TasksView = { loaded: false, tasks: new Map(), runs: [] };

/** So many runs that have ended are remembered. */
const ENDED_KEPT_MAX = 500;

export const isGoingOn = ({ state }: Run): boolean => state !== "ended";

/** How far a run is; a later attempt is further than an earlier one. */
const stageOf = ({ state, attempt }: Run): number =>
  state === "ended" ? Number.POSITIVE_INFINITY : attempt * 2 + Number(state === "running");

/** What is known of runs after more was told, newest first. Answers may cross on their way: none goes back to an earlier stage. */
export function mergeRuns(known: readonly Run[], told: readonly Run[]): readonly Run[] {
  const byId = new Map(known.map((run) => [run.id, run]));
  for (const run of told) {
    const before = byId.get(run.id);
    if (before === undefined || stageOf(before) <= stageOf(run)) byId.set(run.id, run);
  }
  return [...byId.values()].toSorted((a, b) => b.slot - a.slot || (a.id < b.id ? 1 : -1));
}

/** What is known after one message. */
export function applyTasks(view: TasksView, message: TasksState): TasksView {
  if (!message.whole && !view.loaded) return view;
  const tasks = new Map(message.whole ? [] : view.tasks);
  for (const task of message.tasks) tasks.set(task.id, task);
  for (const id of message.removed) tasks.delete(id);
  // Whatever goes on is told at first: what is not among that has ended while nobody told.
  const known = message.whole ? view.runs.filter((run) => !isGoingOn(run)) : view.runs;
  let ended = 0;
  const runs = mergeRuns(known, message.runs).filter((run) => isGoingOn(run) || ended++ < ENDED_KEPT_MAX);
  return { loaded: true, tasks, runs };
}
