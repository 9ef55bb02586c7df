import { useQuery } from "@tanstack/react-query";
import { api } from "../api/api.ts";
import type { Server } from "../fleet/fleet-view.ts";

const LOOK_AGAIN_MS = 2_000;

/** How a server without an agent is reached, or was before it got one, read anew when its state changes; while its host key is sought, every two seconds. */
export function useLink(server: Pick<Server, "id" | "link" | "linkState" | "hasSshLink">) {
  const { id, link, linkState, hasSshLink } = server;
  return useQuery({
    queryKey: ["link", id, linkState?.is, linkState?.since],
    queryFn: ({ signal }) => api("GET /api/v1/servers/{id}/link", { params: { id }, signal }),
    enabled: link !== "agent" || hasSshLink,
    placeholderData: (previous) => previous,
    refetchInterval: ({ state }) =>
      linkState?.is === "host-key" && state.data?.shownHostKey === null ? LOOK_AGAIN_MS : false,
  });
}
