import type { FleetState, RouteAnswer } from "@muster/protocol";

export type Server = RouteAnswer<"GET /api/v1/servers/{id}">;

/** Everything the overview knows. `loaded` is false until the first snapshot. */
export interface FleetView {
  readonly loaded: boolean;
  readonly servers: ReadonlyMap<string, Server>;
  /** CPU a minute over the last hour, oldest first. */
  readonly cpuLastHour: ReadonlyMap<string, readonly (number | null)[]>;
}

export const EMPTY_FLEET: FleetView = { loaded: false, servers: new Map(), cpuLastHour: new Map() };

/** What is known after one message. Rows that did not change keep their identity, so that nothing redraws for them. */
export function applyFleet(view: FleetView, message: FleetState): FleetView {
  if (!message.whole && !view.loaded) return view;
  const servers = new Map(message.whole ? [] : view.servers);
  const cpuLastHour = new Map(message.whole ? [] : view.cpuLastHour);
  for (const server of message.servers) servers.set(server.id, server);
  for (const reading of message.readings ?? []) {
    const server = servers.get(reading.id);
    if (server) servers.set(reading.id, { ...server, presence: reading.presence, summary: reading.summary });
  }
  for (const [id, line] of Object.entries(message.cpuLastHour ?? {})) cpuLastHour.set(id, line);
  for (const id of message.removed) {
    servers.delete(id);
    cpuLastHour.delete(id);
  }
  return { loaded: true, servers, cpuLastHour };
}
