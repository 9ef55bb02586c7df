import type { TaskDefinition } from "@muster/core";
import type { RouteInput } from "@muster/protocol";

/** A definition as the request carries it: the same, in lists that the route's type lets be written. */
export const taskBody = (task: TaskDefinition): RouteInput<"POST /api/v1/tasks">["body"] =>
  task as RouteInput<"POST /api/v1/tasks">["body"];
