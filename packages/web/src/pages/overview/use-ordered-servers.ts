import { useMemo, useState } from "react";
import { browserClock } from "../../browser/clock.ts";
import { parseFilter } from "../../fleet/filter.ts";
import type { Filter } from "../../fleet/filter.ts";
import type { FleetView, Server } from "../../fleet/fleet-view.ts";
import { compareServers } from "../../fleet/order.ts";
import type { Sort } from "../../fleet/order.ts";
import { RowOrder } from "../../fleet/row-order.ts";
import { hubNow } from "../../live/live.ts";

export interface OrderedServers {
  readonly servers: Server[];
  readonly filter: Filter;
  readonly order: RowOrder<Server>;
}

/** The servers that the filter keeps, in an order that live values do not shake. */
export function useOrderedServers(fleet: FleetView, filterText: string, sort: Sort): OrderedServers {
  const [order] = useState(() => new RowOrder<Server>());
  const filter = useMemo(() => parseFilter(filterText), [filterText]);
  const servers = useMemo(() => {
    const now = hubNow();
    const kept = [...fleet.servers.values()].filter((server) => filter.matches(server, now));
    const madeFor = `${filterText}\n${sort.key}\n${sort.descending}`;
    return order.arrange(kept, madeFor, compareServers(sort), browserClock.monotonic());
  }, [fleet, filter, filterText, sort, order]);
  return { servers, filter, order };
}
