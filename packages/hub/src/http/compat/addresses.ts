import type { LinkSettings, Server } from "@muster/protocol";
import type { RouteCall } from "./compat-handler.ts";

/** How a server is reached, as far as those systems have fields for it. */
export interface Address {
  readonly host: string;
  /** Of SSH or of what is polled; null where the server comes by itself. */
  readonly port: number | null;
  readonly user: string | null;
  /** What is polled. */
  readonly url: string | null;
}

/** How a server is reached. Throws FORBIDDEN. */
export async function addressOf(call: RouteCall, server: Server): Promise<Address> {
  const isReached = server.link === "ssh" || server.link === "pull";
  const { settings } = isReached ? await call("GET /api/v1/servers/{id}/link", { params: { id: server.id } }) : {};
  return settingsAddress(settings) ?? { ...NOWHERE, host: server.facts?.hostName ?? server.address ?? server.name };
}

const NOWHERE = { port: null, user: null, url: null };

function settingsAddress(settings: LinkSettings | undefined): Address | undefined {
  if (settings?.kind === "ssh")
    return { ...NOWHERE, host: settings.host, port: settings.port ?? 22, user: settings.user };
  if (settings?.kind !== "pull") return undefined;
  const { hostname, port, protocol } = new URL(settings.url);
  return {
    ...NOWHERE,
    ...{ host: hostname, url: settings.url },
    port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
  };
}

/** When a server was last heard: its newest reading while it is there, else when it was heard for the last time; null when never. */
export const lastSeenAt = ({ presence, summary }: Server): number | null => {
  if (presence.is === "pending") return null;
  return presence.is === "online" ? (summary.at ?? presence.since) : presence.since;
};
