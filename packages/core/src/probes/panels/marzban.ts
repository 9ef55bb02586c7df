import { PullTextError, ratioOfPercent, recordsOf, textOf } from "../../pull/pull-text.ts";
import type { JsonRecord } from "../../pull/pull-text.ts";
import type { Instant } from "../../time.ts";
import { NO_TRAFFIC, PANEL_USER_STATES } from "./panel-reading.ts";
import type { PanelNode, PanelNodeState, PanelSystem, PanelTraffic, PanelUserState } from "./panel-reading.ts";
import {
  bytesOf,
  countOf,
  idOf,
  nameOf,
  NODES_MAX,
  panelInstant,
  panelRecord,
  parsePanelJson,
  saidOf,
} from "./panel-text.ts";

// Marzban 0.8, and what PasarGuard has kept of it.

const STATES: readonly string[] = ["connected", "connecting", "error", "limited", "disabled"];

/** The key of a user state: `users_active` with Marzban, `active_users` with PasarGuard. */
const marzbanKey = (state: PanelUserState): string => `users_${state}`;
const pasarguardKey = (state: PanelUserState): string => `${state}_users`;

/** The answer to `GET /api/system` of Marzban. Throws PullTextError, also where another panel of the family answers. */
export const parseMarzbanSystem = (text: string): PanelSystem =>
  parseSystem(text, { title: "Marzban", keyOf: marzbanKey, other: { title: "PasarGuard", keyOf: pasarguardKey } });

/** The same of PasarGuard. */
export const parsePasarguardSystem = (text: string): PanelSystem =>
  parseSystem(text, { title: "PasarGuard", keyOf: pasarguardKey, other: { title: "Marzban", keyOf: marzbanKey } });

interface Words {
  readonly title: string;
  readonly keyOf: (state: PanelUserState) => string;
  readonly other?: Words;
}

function parseSystem(text: string, { title, keyOf, other }: Words): PanelSystem {
  const system = panelRecord(text);
  if (countOf(system[keyOf("active")]) === null) {
    const isOther = other !== undefined && countOf(system[other.keyOf("active")]) !== null;
    throw new PullTextError(
      isOther
        ? `this is ${other.title}, not ${title}: make a probe of that kind`
        : `the answer has no count of users; is this ${title}?`,
    );
  }
  return {
    version: textOf(system["version"], 60) ?? null,
    users: {
      total: countOf(system["total_user"]),
      byState: Object.fromEntries(
        PANEL_USER_STATES.flatMap((state) => {
          const count = countOf(system[keyOf(state)]);
          return count === null ? [] : [[state, count]];
        }),
      ),
    },
    // "Incoming" is what users send, as the panel sees it.
    traffic: {
      upload: bytesOf(system["incoming_bandwidth"]),
      download: bytesOf(system["outgoing_bandwidth"]),
      both: null,
    },
    host: {
      cpuRatio: ratioOfPercent(system["cpu_usage"]) ?? null,
      memoryUsedBytes: bytesOf(system["mem_used"]),
      memoryTotalBytes: bytesOf(system["mem_total"]),
      uptimeSeconds: bytesOf(system["uptime_seconds"]),
      receiveBytesPerSecond: bytesOf(system["incoming_bandwidth_speed"]),
      transmitBytesPerSecond: bytesOf(system["outgoing_bandwidth_speed"]),
    },
  };
}

/** The answer to `GET /api/nodes` of Marzban: a list. Throws PullTextError. */
export function parseMarzbanNodes(text: string): readonly PanelNode[] {
  const list = parsePanelJson(text);
  if (!Array.isArray(list)) throw new PullTextError("the answer is no list of nodes");
  return nodesOf(list);
}

/** The same of PasarGuard: `{nodes, total}`, with totals of traffic. Throws PullTextError. */
export function parsePasarguardNodes(text: string): readonly PanelNode[] {
  const { nodes } = panelRecord(text);
  if (!Array.isArray(nodes)) throw new PullTextError("the answer is no list of nodes");
  return nodesOf(nodes);
}

const nodesOf = (list: unknown): readonly PanelNode[] =>
  recordsOf(list, NODES_MAX).flatMap((node) => {
    const id = idOf(node["id"]);
    if (id === null) return [];
    return {
      id,
      name: nameOf(node["name"]) ?? id,
      address: nameOf(node["address"]),
      state: stateOf(node["status"]),
      message: saidOf(node["message"]),
      version: textOf(node["xray_version"], 60) ?? null,
      onlineUsers: null,
      uptimeSeconds: null,
      traffic: {
        upload: bytesOf(node["lifetime_uplink"]) ?? bytesOf(node["uplink"]),
        download: bytesOf(node["lifetime_downlink"]) ?? bytesOf(node["downlink"]),
        both: null,
      },
    };
  });

const stateOf = (word: unknown): PanelNodeState =>
  typeof word === "string" && STATES.includes(word) ? (word as PanelNodeState) : "unknown";

/** The answer to `GET /api/nodes/usage`: traffic by the node's id; of the panel's own core by `""`. Throws PullTextError. */
export function parseMarzbanUsage(text: string): ReadonlyMap<string, PanelTraffic> {
  const { usages } = panelRecord(text);
  return new Map(
    recordsOf(usages, NODES_MAX).flatMap((usage) => {
      const id = usage["node_id"] === null ? "" : idOf(usage["node_id"]);
      return id === null
        ? []
        : [[id, { ...NO_TRAFFIC, upload: bytesOf(usage["uplink"]), download: bytesOf(usage["downlink"]) }] as const];
    }),
  );
}

/** The answer to `GET /api/core`. Throws PullTextError. */
export function parseMarzbanCore(text: string): {
  readonly version: string | null;
  readonly isRunning: boolean | null;
} {
  const core = panelRecord(text);
  return {
    version: textOf(core["version"], 60) ?? null,
    isRunning: typeof core["started"] === "boolean" ? core["started"] : null,
  };
}

/** One page of users, of which only numbers are kept: their links and keys end here. */
export interface UserPage {
  readonly total: number | null;
  readonly listed: number;
  /** How many of them were seen at `since` or later. */
  readonly online: number;
}

/** The answer to `GET /api/users`. Throws PullTextError. */
export function parseUserPage(text: string, since: Instant): UserPage {
  const { users, total } = panelRecord(text);
  if (!Array.isArray(users)) throw new PullTextError("the answer is no list of users");
  const seen = (user: unknown): boolean => {
    const at = panelInstant((user as JsonRecord | null)?.["online_at"]);
    return at !== null && at >= since;
  };
  return { total: countOf(total), listed: users.length, online: users.filter(seen).length };
}

/** The token in the answer to a sign-in of Marzban, PasarGuard or Marzneshin; undefined where there is none. */
export function marzbanToken(text: string): string | undefined {
  return tokenText(panelRecord(text)["access_token"]);
}

/** A token as a header can carry it. */
export const tokenText = (value: unknown): string | undefined =>
  typeof value === "string" && /^[\x21-\x7e]{1,4000}$/.test(value) ? value : undefined;
