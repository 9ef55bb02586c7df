import { isContainerName } from "./container-name.ts";
import { fieldsIn, textIn } from "./json.ts";

/** Events after which a container may look otherwise. Health checks make several `exec_*` a minute, which say nothing. */
export const CONTAINER_EVENTS = [
  "create",
  "start",
  "die",
  "stop",
  "oom",
  "pause",
  "unpause",
  "rename",
  "update",
  "destroy",
  "health_status",
] as const;

/** The name of the container that one line of `/events` is about; undefined when the line says none. */
export function parseContainerEvent(line: string): string | undefined {
  try {
    const name = textIn(fieldsIn(fieldsIn(fieldsIn(JSON.parse(line))["Actor"])["Attributes"])["name"]);
    return isContainerName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
