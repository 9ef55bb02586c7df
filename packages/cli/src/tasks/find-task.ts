import type { TaskView } from "@muster/protocol";
import { idBegunBy, oneOf } from "../alerts/find.ts";
import type { HubClient } from "../client/hub-client.ts";

const LISTED_MAX = 500;

/** A task by its id, a beginning of it, or its name. Throws NOT_FOUND, BAD_REQUEST. */
export const findTask = async (hub: HubClient, wanted: string): Promise<TaskView> =>
  oneOf<TaskView>((await hub.call("GET /api/v1/tasks")).items, wanted, "task");

/** The id of the run whose id begins so, among the newest of all. Throws as `idBegunBy`. */
export const runId = (hub: HubClient, wanted: string): Promise<string> =>
  idBegunBy(wanted, "run", async () => (await hub.call("GET /api/v1/runs", { query: { limit: LISTED_MAX } })).items);
