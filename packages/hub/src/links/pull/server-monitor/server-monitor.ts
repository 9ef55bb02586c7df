import { ServerMonitorReader } from "@muster/core";
import type { PullAdapterKind } from "../pull-adapter.ts";
import { PullClient, understood } from "../pull-client.ts";

/**
 * The agent of server-monitor. One `GET /api/all` is some twenty shell commands there, so it is asked for at most every
 * ten seconds. It knows exact paths only, 404 for anything else, and says 200 before it gathers: an empty body is its
 * way to fail.
 */
export const serverMonitorKind: PullAdapterKind = {
  name: "server-monitor",
  create(config, deps) {
    const { clock } = deps;
    const client = new PullClient(config, deps);
    const reader = new ServerMonitorReader();
    return {
      async read(signal) {
        try {
          const askedMs = clock.monotonic();
          const body = await client.read("api/all", {}, signal);
          const times = { now: clock.now(), askedMs, gotMs: clock.monotonic() };
          return understood(client.box, () => reader.read(body, times));
        } catch (error) {
          reader.interrupted();
          throw error;
        }
      },
    };
  },
};
