import { HOUR_MS, MINUTE_MS } from "@muster/core";
import type { Clock } from "@muster/core";
import type { Fleet } from "../fleet/fleet.ts";
import type { MetricReader } from "./metric-store.ts";

const SERVERS_AT_ONCE = 50;
/** How far before a server was heard last its newest values may stand: the slow collectors' readings belong to them. */
const NEWEST_MS = 2 * MINUTE_MS;
const LINE_METRIC = "cpu_busy_ratio";

/**
 * Fills what the fleet keeps in memory from the store after a start: the newest values, and the last hour's line of
 * each server. Live readings that came in meanwhile stay. Ends early when aborted.
 */
export async function restoreNewest(
  deps: { readonly reader: MetricReader; readonly fleet: Fleet; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const { reader, fleet, clock } = deps;
  const ids = fleet.ids();
  const until = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS;
  for (let first = 0; first < ids.length && !signal.aborted; first += SERVERS_AT_ONCE) {
    const serverIds = ids.slice(first, first + SERVERS_AT_ONCE);
    const lines = await reader.query(
      {
        serverIds,
        select: [{ metric: LINE_METRIC, match: {}, step: "avg" }],
        range: { from: until - HOUR_MS, until },
        stepMs: MINUTE_MS,
        pointsMax: SERVERS_AT_ONCE * 60,
      },
      signal,
    );
    for (const { serverId, values } of lines) {
      const line = fleet.get(serverId ?? "")?.cpuLine;
      values.forEach((value, index) => {
        if (!Number.isNaN(value)) line?.add(until - HOUR_MS + index * MINUTE_MS, value);
      });
    }
    for (const serverId of serverIds) {
      const server = fleet.get(serverId);
      const heardAt = server?.heardAt ?? server?.known.lastHeardAt ?? clock.now();
      server?.restore(await reader.latest(serverId, heardAt - NEWEST_MS));
      fleet.changed(serverId);
    }
  }
}
