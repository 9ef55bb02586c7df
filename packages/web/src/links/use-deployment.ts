import { isOver } from "@muster/core";
import type { DeployAction } from "@muster/core";
import type { DeploymentView } from "@muster/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/api.ts";
import { useFollowed } from "./use-followed.ts";

/** What is being done, or was last, to a server's agent over SSH, as it goes on; and how to ask for something. */
export function useDeployment(serverId: string, mayRead: boolean) {
  const queries = useQueryClient();
  const listKey = ["deployments", serverId];
  const list = useQuery({
    queryKey: listKey,
    queryFn: ({ signal }) => api("GET /api/v1/deployments", { query: { server: serverId }, signal }),
    enabled: mayRead,
  });
  const newest = list.data?.items[0];
  const followed = useFollowed<DeploymentView>({
    key: ["deployment", newest?.id],
    isOver,
    look: (id, query, signal) => api("GET /api/v1/deployments/{id}", { params: { id }, query, signal }),
  });
  const asking = useMutation({
    mutationFn: (action: DeployAction) =>
      api("POST /api/v1/servers/{id}/agent", { params: { id: serverId }, body: { action } }),
    onSuccess: (begun) => {
      queries.setQueryData(["deployment", begun.id], begun);
      queries.setQueryData<typeof list.data>(listKey, (before) => ({ items: [begun, ...(before?.items ?? [])] }));
    },
  });
  const deployment = followed ?? newest;
  return { deployment, isBusy: asking.isPending || (deployment !== undefined && !isOver(deployment)), asking };
}
