import type { TaskView } from "@muster/protocol";
import { oneOf } from "../alerts/find.ts";
import type { HubClient } from "../client/hub-client.ts";

const LISTED_MAX = 500;
const WHOLE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A task by its id, a beginning of it, or its name. Throws NOT_FOUND, BAD_REQUEST. */
export const findTask = async (hub: HubClient, wanted: string): Promise<TaskView> =>
  oneOf<TaskView>((await hub.call("GET /api/v1/tasks")).items, wanted, "task");

/** The id of the run whose id begins so, among the newest of all; a whole id is taken as it is. Throws NOT_FOUND, BAD_REQUEST. */
export async function runId(hub: HubClient, wanted: string): Promise<string> {
  if (WHOLE_ID.test(wanted)) return wanted;
  const { items } = await hub.call("GET /api/v1/runs", { query: { limit: LISTED_MAX } });
  return oneOf(
    items.map(({ id }) => ({ id })),
    wanted,
    "run",
  ).id;
}
