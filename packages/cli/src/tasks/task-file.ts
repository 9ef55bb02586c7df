import { isFields, isMusterError, MusterError } from "@muster/core";
import type { TaskDefinition } from "@muster/core";
import type { RouteInput } from "@muster/protocol";
import { readTree } from "../alerts/rule-file.ts";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import { apiTask, placeOf } from "./api-task.ts";
import type { TaskNames } from "./task-names.ts";

/** A task as the API takes it. */
export type TaskBody = RouteInput<"POST /api/v1/tasks">["body"];

/** A definition as the request carries it: the same, in lists that the route's type lets be written. */
export const bodyOf = (task: TaskDefinition): TaskBody => task as TaskBody;

/**
 * The tasks of a file of YAML or JSON (`-` is standard input): one, a list of them, or such a list under `tasks`; their
 * schedules are shown to the hub. Throws BAD_REQUEST with all that is wrong in any of them, each at its place.
 */
export async function readTasks(
  shell: Shell,
  hub: HubClient,
  path: string,
  names: TaskNames,
): Promise<readonly TaskDefinition[]> {
  const tree = await readTree(shell, path);
  const inner = isFields(tree) && "tasks" in tree ? tree["tasks"] : tree;
  const list: readonly unknown[] = Array.isArray(inner) ? inner : [inner];
  if (list.length === 0) throw new MusterError("BAD_REQUEST", { message: "The file holds no tasks." });
  const fields: Record<string, string> = {};
  const seen = new Set<string>();
  const tasks: TaskDefinition[] = [];
  for (const [index, written] of list.entries()) {
    const place = list.length === 1 ? "" : `tasks.${index}.`;
    const read = apiTask(written, names);
    const problems = read.ok ? await scheduleProblems(hub, read.task) : read.problems;
    for (const [field, why] of Object.entries(problems))
      fields[`${place}${isFields(written) ? placeOf(field, written) : field}`] = why;
    if (!read.ok) continue;
    if (seen.has(read.task.name)) fields[`${place}name`] = "stands there before";
    seen.add(read.task.name);
    tasks.push(read.task);
  }
  if (Object.keys(fields).length === 0) return tasks;
  const message = list.length === 1 ? "The task is not valid." : "The tasks are not valid.";
  throw new MusterError("BAD_REQUEST", { message, fields });
}

/** What the hub finds wrong with when a task is due, by path. Throws what else it says. */
async function scheduleProblems(
  hub: HubClient,
  { schedule, zone }: Pick<TaskDefinition, "schedule" | "zone">,
): Promise<Readonly<Record<string, string>>> {
  try {
    await hub.call("POST /api/v1/task-previews", { body: { schedule, zone, count: 1 } });
    return {};
  } catch (error) {
    if (!isMusterError(error, "BAD_REQUEST")) throw error;
    const fields = Object.entries(error.details.fields ?? {}).map(([path, why]) => [path.replace(/^body\./, ""), why]);
    if (fields.length === 0) throw error;
    return Object.fromEntries(fields) as Record<string, string>;
  }
}
