import { PullTextError, recordsOf, textOf } from "../../pull/pull-text.ts";
import { isFields } from "../../services/definitions/index.ts";
import { tokenText } from "./marzban.ts";
import { NO_HOST, NO_TRAFFIC } from "./panel-reading.ts";
import type { PanelNode, PanelNodeState, PanelSystem } from "./panel-reading.ts";
import { bytesOf, countOf, enveloped, idOf, nameOf, NODES_MAX, recordAt, saidOf } from "./panel-text.ts";

/** Within so many seconds a user counts as online by the panel's own reckoning. */
export const REMNAWAVE_ONLINE_SECONDS = 30;

const inEnvelope = (text: string): Readonly<Record<string, unknown>> => {
  const response = enveloped(text);
  if (!isFields(response)) throw new PullTextError("the answer's `response` is no object");
  return response;
};

/** The answer to `GET /api/system/stats` of Remnawave. Throws PullTextError. */
export function parseRemnawaveStats(text: string): PanelSystem & { readonly online: number | null } {
  const stats = inEnvelope(text);
  const users = recordAt(stats, "users");
  const total = countOf(users["totalUsers"]);
  if (total === null) throw new PullTextError("the answer has no count of users; is this Remnawave?");
  const counts = recordAt(users, "statusCounts");
  const byState = (["active", "disabled", "limited", "expired"] as const).flatMap((state) => {
    const count = countOf(counts[state.toUpperCase()]);
    return count === null ? [] : [[state, count] as const];
  });
  const memory = recordAt(stats, "memory");
  return {
    version: null,
    users: { total, byState: Object.fromEntries(byState) },
    traffic: { ...NO_TRAFFIC, both: bytesOf(recordAt(stats, "nodes")["totalBytesLifetime"]) },
    host: {
      ...NO_HOST,
      memoryUsedBytes: bytesOf(memory["used"]),
      memoryTotalBytes: bytesOf(memory["total"]),
      uptimeSeconds: bytesOf(stats["uptime"]),
    },
    online: countOf(recordAt(stats, "onlineStats")["onlineNow"]),
  };
}

/** The answer to `GET /api/system/metadata`. Throws PullTextError. */
export const parseRemnawaveVersion = (text: string): string | null => textOf(inEnvelope(text)["version"], 60) ?? null;

/** The answer to `GET /api/nodes`. Throws PullTextError. */
export function parseRemnawaveNodes(text: string): readonly PanelNode[] {
  const list = enveloped(text);
  if (!Array.isArray(list)) throw new PullTextError("the answer is no list of nodes");
  return recordsOf(list, NODES_MAX).flatMap((node) => {
    const id = idOf(node["uuid"]);
    if (id === null) return [];
    return {
      id,
      name: nameOf(node["name"]) ?? id,
      address: nameOf(node["address"]),
      state: stateOf(node),
      message: saidOf(node["lastStatusMessage"]),
      version: textOf(recordAt(node, "versions")["xray"], 60) ?? textOf(node["xrayVersion"], 60) ?? null,
      onlineUsers: countOf(node["usersOnline"]),
      uptimeSeconds: bytesOf(node["xrayUptime"]),
      traffic: { ...NO_TRAFFIC, both: bytesOf(node["trafficUsedBytes"]) },
    };
  });
}

function stateOf({ isDisabled, isConnected, isConnecting }: Readonly<Record<string, unknown>>): PanelNodeState {
  if (isDisabled === true) return "disabled";
  if (isConnected === true) return "connected";
  if (isConnecting === true) return "connecting";
  return isConnected === false ? "error" : "unknown";
}

/** The token in the answer to a sign-in; undefined where there is none. */
export const remnawaveToken = (text: string): string | undefined => tokenText(inEnvelope(text)["accessToken"]);
