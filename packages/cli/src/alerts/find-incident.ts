import type { IncidentView } from "@muster/protocol";
import type { HubClient } from "../client/hub-client.ts";
import { oneOf } from "./find.ts";

const LISTED_MAX = 500;
const WHOLE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The id of the incident whose id begins so, among the open ones and the newest of all; a whole id is taken as it is,
 * however old the incident. Throws NOT_FOUND, BAD_REQUEST.
 */
export async function incidentId(hub: HubClient, wanted: string): Promise<string> {
  if (WHOLE_ID.test(wanted)) return wanted;
  const of = async (query: { readonly state?: "open" }): Promise<readonly IncidentView[]> =>
    (await hub.call("GET /api/v1/incidents", { query: { ...query, limit: LISTED_MAX } })).items;
  const byId = new Map([...(await of({ state: "open" })), ...(await of({}))].map(({ id }) => [id, { id }]));
  return oneOf([...byId.values()], wanted, "incident").id;
}
