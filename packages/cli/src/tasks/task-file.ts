import { isFields, isMusterError } from "@muster/core";
import type { TaskDefinition } from "@muster/core";
import type { RouteInput } from "@muster/protocol";
import type { HubClient } from "../client/hub-client.ts";
import { readWritten } from "../import/written-file.ts";
import type { Shell } from "../shell.ts";
import { apiTask, placeOf } from "./api-task.ts";
import type { TaskNames } from "./task-names.ts";

/** A task as the API takes it. */
export type TaskBody = RouteInput<"POST /api/v1/tasks">["body"];

/** A definition as the request carries it: the same, in lists that the route's type lets be written. */
export const bodyOf = (task: TaskDefinition): TaskBody => task as TaskBody;

/** The tasks of a file, as `readWritten`; their schedules are shown to the hub. */
export const readTasks = (
  shell: Shell,
  hub: HubClient,
  path: string,
  names: TaskNames,
): Promise<readonly TaskDefinition[]> =>
  readWritten(shell, path, "task", async (written) => {
    const read = await apiTask(written, names);
    if (!read.ok) return { thing: undefined, problems: read.problems };
    const wrong = Object.entries(await scheduleProblems(hub, read.task));
    const place = (path: string): string => (isFields(written) ? placeOf(path, written) : path);
    return { thing: read.task, problems: Object.fromEntries(wrong.map(([path, why]) => [place(path), why])) };
  });

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
