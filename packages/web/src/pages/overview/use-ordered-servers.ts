import { useMemo, useRef } from "react";
import type { RefObject } from "react";
import { parseFilter } from "../../fleet/filter.ts";
import type { Filter } from "../../fleet/filter.ts";
import type { FleetView, Server } from "../../fleet/fleet-view.ts";
import { compareServers, holdOrder } from "../../fleet/order.ts";
import type { HeldOrder, Sort } from "../../fleet/order.ts";
import { browserClock } from "../../browser/clock.ts";
import { hubNow } from "../../live/live.ts";

/** The servers that the filter keeps, in an order that live values do not shake. */
export function useOrderedServers(
  fleet: FleetView,
  filterText: string,
  sort: Sort,
  pointerInside: RefObject<boolean>,
): { readonly servers: Server[]; readonly filter: Filter } {
  const held = useRef<HeldOrder>(undefined);
  const filter = useMemo(() => parseFilter(filterText), [filterText]);
  const servers = useMemo(() => {
    const now = hubNow();
    const kept = [...fleet.servers.values()].filter((server) => filter.matches(server, now));
    const wanted = kept.toSorted(compareServers(sort)).map((server) => server.id);
    const madeFor = `${filterText}\n${sort.key}\n${sort.descending}`;
    held.current = holdOrder(held.current, wanted, madeFor, browserClock.monotonic(), pointerInside.current);
    return held.current.ids.flatMap((id) => fleet.servers.get(id) ?? []);
  }, [fleet, filter, filterText, sort, pointerInside]);
  return { servers, filter };
}
