import {
  MARZNESHIN_ONLINE_SECONDS,
  parseMarzneshinNodes,
  parseMarzneshinTraffic,
  parseMarzneshinUsers,
  NO_TRAFFIC,
  readPart,
} from "@muster/core";
import type { PanelNode, PanelPart, ProbeSettingsOf } from "@muster/core";
import type { PanelClient } from "../panel-client.ts";
import { reconnectNode } from "../panel-acts.ts";
import { createPanelProbe, dayBegin, panelPart, valueOf } from "../panel-probe.ts";
import type { PanelKind } from "../panel-probe.ts";
import { bearer, formLogin } from "../panel-sign-in.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

const SUDO = "a sudo admin is needed";
const PAGE_NODES = 100;

async function nodes(panel: PanelClient, signal: AbortSignal): Promise<PanelPart<readonly PanelNode[]>> {
  const pageOf = (page: number) =>
    panelPart(
      panel,
      `/api/nodes?page=${page}&size=${PAGE_NODES}`,
      SUDO,
      ({ text }) => parseMarzneshinNodes(text),
      signal,
    );
  const first = await pageOf(1);
  if (first.is !== "read") return first;
  if (first.value.pages < 2) return readPart(first.value.nodes);
  const second = await pageOf(2);
  return second.is === "read" ? readPart([...first.value.nodes, ...second.value.nodes]) : second;
}

/** Reads a Marzneshin panel. */
export function createMarzneshinProbe(settings: ProbeSettingsOf<"marzneshin">, deps: ProbeDeps): Probe {
  const kind: PanelKind = {
    title: "Marzneshin",
    headersOf: bearer,
    login: formLogin("/api/admins/token"),
    firstPath: "/api/system/stats/users",
    nodes,
    async read(panel, first, signal) {
      const { online, ...system } = parseMarzneshinUsers(first.text);
      // Without a zone, because the panel compares it with times that have none, in UTC.
      const since = `/api/system/stats/traffic?start_date=${dayBegin(first.at)}T00:00:00`;
      const traffic = await panelPart(
        panel,
        since,
        "reading traffic",
        ({ text }) => parseMarzneshinTraffic(text),
        signal,
      );
      return {
        system: { ...system, traffic: valueOf(traffic) ?? NO_TRAFFIC },
        nodes: await nodes(panel, signal),
        core: { is: "none" },
        online:
          online === null
            ? { is: "missing", because: "failed", why: "the answer does not tell" }
            : readPart({ count: online, windowSeconds: MARZNESHIN_ONLINE_SECONDS, at: deps.clock.now() }),
      };
    },
    acts: {
      // `resync` answers well and does nothing since 2025; a change of nothing takes the node out and in again.
      "reconnect-node": reconnectNode({ method: "PUT", path: (id) => `/api/nodes/${id}`, body: {}, right: SUDO }),
    },
  };
  return createPanelProbe(settings, deps, kind);
}
