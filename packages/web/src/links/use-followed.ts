import { useQuery, useQueryClient } from "@tanstack/react-query";

const WAIT_MS = 20_000;
/** Between two looks that each wait at the hub for the next change. */
const BREATH_MS = 100;
/** After one that failed, which the hub may have answered at once. */
const AGAIN_MS = 2_000;

/** When to look next; false once nothing will change any more. */
export function nextLookMs(isOver: boolean, error: unknown): number | false {
  if (isOver) return false;
  return error === null ? BREATH_MS : AGAIN_MS;
}

/** What a look may say: how long it waits for the change after a revision. */
export interface NewsQuery {
  readonly waitMs?: number;
  readonly after?: number;
}

interface Followed<T> {
  /** Under which it is kept: `[family, id]`. */
  readonly key: readonly [family: string, id: string | undefined];
  readonly isOver: (one: T) => boolean;
  readonly look: (id: string, query: NewsQuery, signal: AbortSignal) => Promise<T>;
}

/** Something that goes on by itself in the hub, as it goes on; undefined before it was looked at, or without an id. */
export function useFollowed<T extends { readonly revision: number }>({
  key,
  isOver,
  look,
}: Followed<T>): T | undefined {
  const queries = useQueryClient();
  const [, id] = key;
  const followed = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => {
      const known = queries.getQueryData<T>(key);
      return look(id!, known === undefined ? {} : { waitMs: WAIT_MS, after: known.revision }, signal);
    },
    enabled: id !== undefined,
    refetchInterval: ({ state }) => nextLookMs(state.data !== undefined && isOver(state.data), state.error),
  });
  return followed.data;
}
