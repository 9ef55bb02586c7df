import { PullTextError, recordsOf, textOf } from "../../pull/pull-text.ts";
import { NO_HOST, NO_TRAFFIC } from "./panel-reading.ts";
import type { PanelNode, PanelNodeState, PanelSystem, PanelTraffic } from "./panel-reading.ts";
import { bytesOf, countOf, idOf, nameOf, NODES_MAX, panelRecord, saidOf } from "./panel-text.ts";

/** Within so many seconds a user counts as online by the panel's own reckoning. */
export const MARZNESHIN_ONLINE_SECONDS = 30;

const STATES: Readonly<Record<string, PanelNodeState>> = {
  healthy: "connected",
  unhealthy: "error",
  disabled: "disabled",
};

/** The answer to `GET /api/system/stats/users` of Marzneshin, which tells no version. Throws PullTextError. */
export function parseMarzneshinUsers(text: string): PanelSystem & { readonly online: number | null } {
  const stats = panelRecord(text);
  const total = countOf(stats["total"]);
  if (total === null) throw new PullTextError("the answer has no count of users; is this Marzneshin?");
  const states = ["active", "on_hold", "expired", "limited"] as const;
  const byState = states.flatMap((state) => {
    const count = countOf(stats[state]);
    return count === null ? [] : [[state, count] as const];
  });
  return {
    version: null,
    users: { total, byState: Object.fromEntries(byState) },
    traffic: NO_TRAFFIC,
    host: NO_HOST,
    online: countOf(stats["online"]),
  };
}

/** A page of `GET /api/nodes`, and how many pages there are. Throws PullTextError. */
export function parseMarzneshinNodes(text: string): { readonly nodes: readonly PanelNode[]; readonly pages: number } {
  const { items, pages } = panelRecord(text);
  if (!Array.isArray(items)) throw new PullTextError("the answer is no page of nodes");
  return { nodes: recordsOf(items, NODES_MAX).flatMap(nodeOf), pages: countOf(pages) ?? 1 };
}

function nodeOf(node: Readonly<Record<string, unknown>>): readonly PanelNode[] {
  const id = idOf(node["id"]);
  if (id === null) return [];
  const backends = recordsOf(node["backends"], 8);
  const stopped = backends.filter(({ running }) => running === false).map(({ name }) => nameOf(name) ?? "a backend");
  const state = STATES[textOf(node["status"], 30) ?? ""] ?? "unknown";
  return [
    {
      id,
      name: nameOf(node["name"]) ?? id,
      address: nameOf(node["address"]),
      // A node that answers and runs nothing serves nobody.
      state: state === "connected" && backends.length > 0 && stopped.length === backends.length ? "error" : state,
      message:
        saidOf(node["message"]) ??
        (state === "connected" && stopped.length > 0 ? `${stopped.join(", ")} does not run` : null),
      version: backends.map(({ version }) => textOf(version, 60)).find((version) => version !== undefined) ?? null,
      onlineUsers: null,
      uptimeSeconds: null,
      traffic: NO_TRAFFIC,
    },
  ];
}

/** The answer to `GET /api/system/stats/traffic`: both directions together. Throws PullTextError. */
export const parseMarzneshinTraffic = (text: string): PanelTraffic => ({
  ...NO_TRAFFIC,
  both: bytesOf(panelRecord(text)["total"]),
});
