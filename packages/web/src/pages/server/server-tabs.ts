import { PULL_KIND_ENTRIES } from "@muster/core";
import type { LinkSettings } from "@muster/protocol";
import type { Server } from "../../fleet/fleet-view.ts";
import { hasConnection } from "../../fleet/server-state.ts";

const TABS = [
  { to: "/servers/$id", key: "metrics" },
  { to: "/servers/$id/services", key: "services" },
  { to: "/servers/$id/channels", key: "channels" },
  { to: "/servers/$id/processes", key: "processes" },
  { to: "/servers/$id/actions", key: "actions" },
  { to: "/servers/$id/connection", key: "connection" },
  { to: "/servers/$id/settings", key: "settings" },
] as const;
type Tab = (typeof TABS)[number];

/** The parts that a server can have, by how it is reached. `settings` is undefined while it is not known. */
export function serverTabs(
  server: Pick<Server, "link" | "linkState" | "services" | "hasSshLink">,
  settings: LinkSettings | undefined,
): readonly Tab[] {
  const { link, services } = server;
  const isAsked = link === "agent" || link === "ssh";
  const hasChannels = settings?.kind === "pull" && PULL_KIND_ENTRIES[settings.adapter].features.includes("channels");
  const has: Readonly<Record<Tab["key"], boolean>> = {
    metrics: true,
    services: isAsked || (services.total > 0 && !hasChannels),
    channels: hasChannels,
    processes: isAsked,
    actions: isAsked || services.total > 0,
    connection: hasConnection(server),
    settings: true,
  };
  return TABS.filter(({ key }) => has[key]);
}
