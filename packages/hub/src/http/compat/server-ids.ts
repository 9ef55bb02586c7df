import type { Server } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import { idParam } from "./compat-handler.ts";
import type { CompatRequest } from "./compat-handler.ts";

/** The end of an id: 48 random bits, as many as a number holds exactly, so no list of numbers has to be kept. */
const TAIL_DIGITS = 12;

/** The integer by which a client that only knows integers names a server. It stays the same for good. */
export const integerOf = (serverId: string): number => Number.parseInt(serverId.slice(-TAIL_DIGITS), 16);

/** The id that a path means: an id of ours, or the integer of exactly one server. Anything else comes back as it is, and is nobody's. */
export function serverIdOf(text: string, fleet: Pick<Fleet, "ids">): string {
  if (!/^\d{1,15}$/.test(text)) return text;
  const meant = fleet.ids().filter((id) => integerOf(id) === Number(text));
  return meant.length === 1 ? meant[0]! : text;
}

/** The server that a request names in its path. Throws NOT_FOUND. */
export const serverOf = (request: CompatRequest, fleet: Pick<Fleet, "ids">): Promise<Server> =>
  request.call("GET /api/v1/servers/{id}", { params: { id: serverIdOf(idParam(request), fleet) } });
