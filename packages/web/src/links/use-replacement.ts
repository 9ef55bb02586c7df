import type { KeyReplacementView } from "@muster/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../api/api.ts";
import { useFollowed } from "./use-followed.ts";

export interface ReplacementWanted {
  readonly newKeyId: string;
  readonly servers: readonly string[];
  readonly install: boolean;
  readonly remove: boolean;
}

const isOver = ({ endedAt }: KeyReplacementView): boolean => endedAt !== null;

/** The last replacement of a key, as it goes on; and how to ask for one. */
export function useReplacement(oldKeyId: string) {
  const queries = useQueryClient();
  const listKey = ["key-replacements", oldKeyId];
  const list = useQuery({
    queryKey: listKey,
    queryFn: ({ signal }) => api("GET /api/v1/key-replacements", { query: { key: oldKeyId }, signal }),
  });
  const newest = list.data?.items.find(({ oldKey }) => oldKey.id === oldKeyId);
  const followed = useFollowed<KeyReplacementView>({
    key: ["key-replacement", newest?.id],
    isOver,
    look: (id, query, signal) => api("GET /api/v1/key-replacements/{id}", { params: { id }, query, signal }),
  });
  const asking = useMutation({
    mutationFn: ({ servers, ...body }: ReplacementWanted) =>
      api("POST /api/v1/ssh-keys/{id}/replacements", {
        params: { id: oldKeyId },
        body: { ...body, servers: [...servers] },
      }),
    onSuccess: (begun) => {
      queries.setQueryData(["key-replacement", begun.id], begun);
      queries.setQueryData<typeof list.data>(listKey, (before) => ({ items: [begun, ...(before?.items ?? [])] }));
    },
  });
  const replacement = followed ?? newest;
  const isRunning = replacement !== undefined && !isOver(replacement);
  // Who uses which key is another list, which the switches have changed.
  const switched = replacement?.servers.filter(({ uses }) => uses === "new").length;
  useEffect(() => {
    if (switched !== undefined) void queries.invalidateQueries({ queryKey: ["ssh-keys"] });
  }, [queries, switched]);
  return { replacement, isRunning, isKnown: list.isSuccess, asking };
}
