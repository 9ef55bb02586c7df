import { TASK_STANDINGS, taskStanding } from "@muster/core";
import { equals, filterOf, lower, meantBy } from "../fleet/filter.ts";
import { hasFailed, isSameDay } from "./task-state.ts";
import type { Task } from "./tasks-view.ts";

/**
 * The filter of the tasks, words joined by "and".
 *   `nightly`          a part of name, description, owner or of what it does
 *   `suspended` `running` `planned` `over` `off`   how it stands; `failed` `today`   how, and when, its last run was
 *   `does:action` `does:service.restart` `owner:olga` `zone:europe*` `name:x` `last:missed`
 *   `-word` is the opposite; quotes keep spaces together
 */
export interface TaskFilter {
  readonly matches: (task: Task, now: number) => boolean;
  /** Words that look like a field but are none; they match nothing. */
  readonly wrong: readonly string[];
}

type Test = (task: Task, now: number) => boolean;

/** What is done, by the names of the API. */
export const doneBy = ({ work }: Pick<Task, "work">): readonly string[] =>
  work.is === "action" ? [work.is, work.action] : [work.is];

const FIELDS: Readonly<Record<string, (task: Task, wanted: string) => boolean>> = {
  does: (task, wanted) => doneBy(task).some((one) => equals(one, wanted)),
  owner: ({ owner }, wanted) => equals(owner, wanted),
  zone: ({ zone }, wanted) => equals(zone, wanted),
  name: ({ name }, wanted) => lower(name).includes(wanted),
  last: ({ lastRun }, wanted) => lastRun?.outcome === wanted,
};

export const parseTaskFilter = (text: string): TaskFilter => filterOf(text, parseWord);

function parseWord(word: string): Test | undefined {
  const field = /^([a-z]+):(.*)$/.exec(word);
  const matches = field ? meantBy(FIELDS, field[1]!) : undefined;
  if (field && matches) return field[2] === "" ? undefined : (task) => matches(task, field[2]!);
  if (TASK_STANDINGS.some((standing) => standing === word)) return (task) => taskStanding(task) === word;
  if (word === "failed") return hasFailed;
  if (word === "today") return ({ lastRun }, now) => lastRun !== null && isSameDay(lastRun.slot, now);
  return (task) => contains(task, word);
}

const contains = (task: Task, word: string): boolean =>
  [task.name, task.description, task.owner, task.zone, ...doneBy(task), ...commandOf(task)].some((text) =>
    lower(text).includes(word),
  );

const commandOf = ({ work }: Task): readonly string[] =>
  work.is === "action" ? [String(work.args["command"] ?? ""), work.targets.name ?? "", work.targets.tag ?? ""] : [];
