import { MINUTE_MS } from "@muster/core";
import type { Clock } from "@muster/core";
import type { FleetState } from "@muster/protocol";
import type { Fleet } from "../../../fleet/fleet.ts";
import type { TopicSource } from "./topic-source.ts";

/** All servers: rows that changed, readings of the others, and lines of the last hour that have a new minute. */
export const fleetTopic = ({
  fleet,
  clock,
}: {
  readonly fleet: Fleet;
  readonly clock: Clock;
}): TopicSource<FleetState> => ({
  open(topic) {
    const changed = new Set<string>();
    const read = new Set<string>();
    const removed = new Set<string>();
    /** The minute up to which a server's line was told. */
    const toldMinutes = new Map<string, number>();
    const stop = fleet.listen((event) => {
      if (event.is === "removed") {
        removed.add(event.serverId);
        changed.delete(event.serverId);
        read.delete(event.serverId);
        toldMinutes.delete(event.serverId);
      } else (event.is === "read" ? read : changed).add(event.serverId);
      topic.plan();
    });
    topic.signal.addEventListener("abort", stop, { once: true });

    const cpuLines = (ids: readonly string[]): Record<string, (number | null)[]> => {
      const now = clock.now();
      return Object.fromEntries(
        ids.flatMap((id) => {
          const server = fleet.get(id);
          return server ? [[id, server.cpuLine.values(now)]] : [];
        }),
      );
    };
    const newCpuLines = (ids: readonly string[]): Record<string, (number | null)[]> => {
      const minute = Math.floor(clock.now() / MINUTE_MS);
      const due = ids.filter((id) => toldMinutes.get(id) !== minute);
      for (const id of due) toldMinutes.set(id, minute);
      return cpuLines(due);
    };

    return {
      whole: () => ({ whole: true, servers: fleet.views(), removed: [], cpuLastHour: cpuLines(fleet.ids()) }),
      change() {
        const servers = [...changed].flatMap((id) => (fleet.get(id) ? [fleet.view(id)] : []));
        const readings = [...read].flatMap((id) => (changed.has(id) ? [] : (fleet.reading(id) ?? [])));
        const gone = [...removed];
        const told = [...changed, ...read];
        for (const noted of [changed, read, removed]) noted.clear();
        if (servers.length === 0 && readings.length === 0 && gone.length === 0) return undefined;
        return { whole: false, servers, readings, removed: gone, cpuLastHour: newCpuLines(told) };
      },
    };
  },
});
