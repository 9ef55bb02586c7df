import type { HubClient } from "../client/hub-client.ts";
import { idBegunBy } from "./find.ts";

const LISTED_MAX = 500;

/** The id of the incident whose id begins so, among the open ones and the newest of all. Throws as `idBegunBy`. */
export const incidentId = (hub: HubClient, wanted: string): Promise<string> =>
  idBegunBy(wanted, "incident", async () => {
    const of = async (query: { readonly state?: "open" }) =>
      (await hub.call("GET /api/v1/incidents", { query: { ...query, limit: LISTED_MAX } })).items;
    return [...(await of({ state: "open" })), ...(await of({}))];
  });
