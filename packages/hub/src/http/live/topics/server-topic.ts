import type { Clock } from "@muster/core";
import { FOCUS_LEASE_MS } from "@muster/protocol";
import type { ServerState } from "@muster/protocol";
import type { Fleet } from "../../../fleet/fleet.ts";
import type { Links } from "../../../links/links.ts";
import { holdFocus } from "./hold-focus.ts";
import type { TopicSource } from "./topic-source.ts";

/** A value this much older than the newest reading is of something that went away, not of now. */
const STALE_VALUE_MS = 120_000;

interface ServerTopicDeps {
  readonly fleet: Fleet;
  readonly links: Links;
  readonly clock: Clock;
}

/** Every series of one server, which reports each second as long as anybody looks. */
export const serverTopic = ({ fleet, links, clock }: ServerTopicDeps): TopicSource<ServerState> => ({
  isUrgent: true,
  exists: (id) => fleet.get(id) !== undefined,
  open({ id, plan, signal }) {
    const stop = fleet.listen((event) => {
      if (event.serverId === id && event.is !== "removed") plan();
    });
    signal.addEventListener("abort", stop, { once: true });
    holdFocus({ clock, signal }, (limit) => links.call(id, "focus", { forMs: FOCUS_LEASE_MS }, limit));
    let toldVersion = -1;
    const state = (isWhole: boolean): ServerState | undefined => {
      const server = fleet.get(id);
      if (!server) return undefined;
      const slots = server.slots();
      const withSeries = isWhole || toldVersion !== server.seriesVersion;
      if (!isWhole) toldVersion = server.seriesVersion;
      return {
        at: server.newestAt,
        ...(withSeries ? { series: slots.map(({ metric, labels }) => ({ metric, labels })) } : {}),
        values: slots.map(({ value, at }) =>
          Number.isNaN(value) || server.newestAt - at > STALE_VALUE_MS ? null : value,
        ),
        server: fleet.view(id),
        focused: links.isConnected(id),
      };
    };
    return { whole: () => state(true), change: () => state(false) };
  },
});
