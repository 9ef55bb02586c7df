import { useQuery } from "@tanstack/react-query";
import { api } from "../api/api.ts";
import type { Server } from "../fleet/fleet-view.ts";
import { hasConnection } from "../fleet/server-state.ts";

const LOOK_AGAIN_MS = 2_000;

/** How the hub comes to a server, or came before it got an agent, read anew when its state changes; while its host key is sought, every two seconds. */
export function useLink(server: Pick<Server, "id" | "link" | "linkState" | "hasSshLink">) {
  const { id, linkState } = server;
  return useQuery({
    queryKey: ["link", id, linkState?.is, linkState?.since],
    queryFn: ({ signal }) => api("GET /api/v1/servers/{id}/link", { params: { id }, signal }),
    enabled: hasConnection(server),
    placeholderData: (previous) => previous,
    refetchInterval: ({ state }) =>
      linkState?.is === "host-key" && state.data?.shownHostKey === null ? LOOK_AGAIN_MS : false,
  });
}
