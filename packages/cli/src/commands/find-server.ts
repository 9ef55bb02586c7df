import { MusterError } from "@muster/core";
import type { resources } from "@muster/protocol";
import type { CallOptions, HubClient } from "../client/hub-client.ts";
import { alikeHint } from "./alike-hint.ts";

/** A server by its id or its exact name. Throws NOT_FOUND with the names that look alike. */
export async function findServer(hub: HubClient, wanted: string, call: CallOptions = {}): Promise<resources.Server> {
  const { items } = await hub.call("GET /api/v1/servers", {}, call);
  const found = items.find((server) => server.id === wanted) ?? items.find((server) => server.name === wanted);
  if (found) return found;
  const hint = alikeHint(
    items.map(({ name }) => name),
    wanted,
  );
  throw new MusterError("NOT_FOUND", { message: `There is no server called ${wanted}.${hint}` });
}
