import { useInfiniteQuery } from "@tanstack/react-query";
import type { LedgerState } from "@muster/protocol";
import { useEffect, useMemo, useState } from "react";
import { api } from "../../api/api.ts";
import { live } from "../../live/live.ts";

export type LedgerLine = LedgerState["entries"][number];

const PAGE_ROWS = 100;
const NOTHING: readonly LedgerLine[] = [];

/** What happened to a service, newest first: what is stored, and what comes live; of one kind where `event` is given. */
export function useLedger(serviceId: string, { event }: { readonly event?: LedgerLine["event"] }) {
  const [told, setTold] = useState({ serviceId, entries: NOTHING });
  useEffect(
    () => live.listen<"ledger">(`ledger/${serviceId}`, ({ entries }) => setTold({ serviceId, entries })),
    [serviceId],
  );
  const stored = useInfiniteQuery({
    queryKey: ["ledger", serviceId, event],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      api("GET /api/v1/services/{id}/ledger", {
        params: { id: serviceId },
        query: { before: pageParam, limit: PAGE_ROWS, event },
        signal,
      }),
    getNextPageParam: (page) => (page.items.length < PAGE_ROWS ? undefined : page.items.at(-1)?.seq),
  });
  const entries = useMemo(() => {
    const newest = told.serviceId === serviceId ? told.entries : NOTHING;
    const all = [...(stored.data?.pages.flatMap(({ items }) => items) ?? []), ...newest];
    const bySeq = new Map(
      all.filter((entry) => event === undefined || entry.event === event).map((one) => [one.seq, one]),
    );
    return [...bySeq.values()].toSorted((a, b) => b.seq - a.seq);
  }, [stored.data, told, serviceId, event]);
  return { entries, stored };
}
