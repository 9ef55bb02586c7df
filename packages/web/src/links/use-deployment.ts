import { isOver } from "@muster/core";
import type { DeployAction } from "@muster/core";
import type { DeploymentView } from "@muster/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/api.ts";

const WAIT_MS = 20_000;
/** Between two looks that each wait at the hub for the next change. */
const BREATH_MS = 100;
/** After one that failed, which the hub may have answered at once. */
const AGAIN_MS = 2_000;

/** When to look next; false once nothing will change any more. */
export function nextLookMs(known: Pick<DeploymentView, "state"> | undefined, error: unknown): number | false {
  if (known !== undefined && isOver(known)) return false;
  return error === null ? BREATH_MS : AGAIN_MS;
}

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
  const key = ["deployment", newest?.id];
  const followed = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => {
      const known = queries.getQueryData<DeploymentView>(key);
      const query = known === undefined ? {} : { waitMs: WAIT_MS, after: known.revision };
      return api("GET /api/v1/deployments/{id}", { params: { id: newest!.id }, query, signal });
    },
    enabled: newest !== undefined,
    refetchInterval: ({ state }) => nextLookMs(state.data, state.error),
  });
  const asking = useMutation({
    mutationFn: (action: DeployAction) =>
      api("POST /api/v1/servers/{id}/agent", { params: { id: serverId }, body: { action } }),
    onSuccess: (begun) => {
      queries.setQueryData(["deployment", begun.id], begun);
      queries.setQueryData<typeof list.data>(listKey, (before) => ({ items: [begun, ...(before?.items ?? [])] }));
    },
  });
  const deployment = followed.data ?? newest;
  return { deployment, isBusy: asking.isPending || (deployment !== undefined && !isOver(deployment)), asking };
}
