import { MusterError } from "@muster/core";
import type { ProbeView } from "@muster/protocol";
import type { HubClient } from "../client/hub-client.ts";

/** A probe by its id or its exact name. Throws NOT_FOUND with the names that look alike. */
export async function findProbe(hub: HubClient, wanted: string): Promise<ProbeView> {
  const { items } = await hub.call("GET /api/v1/probes", { query: {} });
  const found = items.find(({ id }) => id === wanted) ?? items.find(({ name }) => name === wanted);
  if (found) return found;
  const alike = items.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase())).slice(0, 5);
  const hint = alike.length > 0 ? ` Did you mean ${alike.map(({ name }) => name).join(", ")}?` : "";
  throw new MusterError("NOT_FOUND", { message: `There is no probe called ${wanted}.${hint}` });
}
