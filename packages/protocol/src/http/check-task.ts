import { isTimeZone } from "@muster/core";
import type { TaskDefinition } from "@muster/core";
import { taskDefinition } from "./task-resources.ts";

export type CheckedTask =
  | { readonly ok: true; readonly task: TaskDefinition }
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> };

/** A task as the API's door checks it, without a hub: all that is wrong, by path. Whether an expression can be read is the hub's to say. */
export function checkTask(given: unknown): CheckedTask {
  const parsed = taskDefinition.safeParse(given);
  const problems: Record<string, string> = {};
  for (const issue of parsed.error?.issues ?? [])
    if (issue.code === "unrecognized_keys")
      for (const key of issue.keys) problems[[...issue.path, key].join(".")] = "is no field of a task";
    else problems[issue.path.join(".")] = issue.message;
  if (parsed.success && !isTimeZone(parsed.data.zone)) problems["zone"] = "must be a time zone such as Europe/Berlin";
  if (parsed.success && Object.keys(problems).length === 0) return { ok: true, task: parsed.data as TaskDefinition };
  return { ok: false, problems };
}
