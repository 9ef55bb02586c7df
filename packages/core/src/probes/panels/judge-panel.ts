import { labelsProblem } from "../../samples.ts";
import { REPORT_ROWS_MAX } from "../probe-result.ts";
import type { ProbeVerdict } from "../probe-verdict.ts";
import { PANEL_USER_STATES } from "./panel-reading.ts";
import type { PanelNode, PanelNodeState, PanelPart, PanelReading, PanelTraffic } from "./panel-reading.ts";

export interface PanelRules {
  /** `all`: each node that is not disabled; `any`: at least one. */
  readonly nodesMustBeConnected: "all" | "any";
  /** For so long a node may connect. */
  readonly connectingSeconds: number;
}

const DIRECTIONS = ["upload", "download", "both"] as const;
type Direction = (typeof DIRECTIONS)[number];
/** Nodes with a history of their own; the rest is in the counts. */
const CHARTED_NODES_MAX = 30;
const NAMED_MAX = 3;

/** What is kept between two runs of one probe: since when nodes connect, and the last totals, for speeds. */
export class PanelMemory {
  readonly #connectingSince = new Map<string, number>();
  #before: { readonly atMs: number; readonly traffic: PanelTraffic } | undefined;

  /** Seconds for which each node has been connecting. */
  connecting(nodes: readonly PanelNode[], nowMs: number): ReadonlyMap<string, number> {
    const ids = new Set(nodes.filter(({ state }) => state === "connecting").map(({ id }) => id));
    for (const id of this.#connectingSince.keys()) if (!ids.has(id)) this.#connectingSince.delete(id);
    for (const id of ids) if (!this.#connectingSince.has(id)) this.#connectingSince.set(id, nowMs);
    return new Map([...this.#connectingSince].map(([id, sinceMs]) => [id, (nowMs - sinceMs) / 1_000]));
  }

  /** Bytes a second since the last run; null at first and where a total has begun anew. */
  speeds(traffic: PanelTraffic, nowMs: number): PanelTraffic {
    const before = this.#before;
    this.#before = { atMs: nowMs, traffic };
    const speed = (direction: Direction): number | null => {
      const [now, then] = [traffic[direction], before?.traffic[direction]];
      if (before === undefined || now === null || then === null || then === undefined) return null;
      const seconds = (nowMs - before.atMs) / 1_000;
      return seconds <= 0 || now < then ? null : (now - then) / seconds;
    };
    return { upload: speed("upload"), download: speed("download"), both: speed("both") };
  }
}

/** Says what was seen of a panel and what is wrong with it; the words for when all is well. */
export function judgePanel(
  verdict: ProbeVerdict,
  reading: PanelReading,
  rules: PanelRules,
  memory: PanelMemory,
  nowMs: number,
): string {
  const { system, online, nodes, core } = reading;
  verdict.fact("version", system.version);
  if (core.is === "read") {
    verdict.fact("coreVersion", core.value.version);
    verdict.fact("coreRuns", core.value.isRunning);
    if (core.value.isRunning === false) verdict.unhealthy("the panel's own core does not run");
  }
  tellUsers(verdict, reading);
  tellTraffic(verdict, system.traffic, memory.speeds(system.traffic, nowMs));
  tellHost(verdict, reading);
  const connected = tellNodes(verdict, nodes, rules, memory, nowMs);
  for (const [what, part] of [
    ["the nodes", nodes],
    ["who is online", online],
    ["the core", core],
  ] as const)
    // What the account may not read, or nobody can, is no fault of the panel's; what should be there and does not come is.
    if (part.is === "missing" && part.because === "failed") verdict.degraded(`${what} could not be read: ${part.why}`);
  const isPart = [nodes, online, core].some((part) => part.is === "missing" && part.because !== "failed");
  return (
    [
      ...(system.version === null ? [] : [`version ${system.version}`]),
      ...(connected === undefined ? [] : [connected]),
      ...(online.is === "read" ? [`${online.value.count} users online now`] : []),
      ...(isPart ? ["parts are not collected"] : []),
    ].join(", ") || "it answers"
  );
}

function tellUsers(verdict: ProbeVerdict, { system, online }: PanelReading): void {
  const { total, byState } = system.users;
  verdict.fact("usersTotal", total, "count");
  verdict.fact("usersActiveNow", online.is === "read" ? online.value.count : null, "count");
  if (online.is === "read") {
    verdict.fact("onlineWindow", online.value.windowSeconds, "seconds");
    verdict.fact("onlineCountedAt", online.value.at, "instant");
    verdict.sample("vpn_panel_online_users", online.value.count);
  }
  const rows = PANEL_USER_STATES.flatMap((state) => {
    const count = byState[state];
    if (count === undefined) return [];
    verdict.sample("vpn_panel_users", count, { state });
    return [[state, count]];
  });
  verdict.table({
    key: "users",
    columns: [{ key: "state" }, { key: "count", unit: "count" }],
    rows,
    ...(online.is === "missing" && { note: `Who is online now is not collected: ${online.why}.` }),
  });
}

function tellTraffic(verdict: ProbeVerdict, totals: PanelTraffic, speeds: PanelTraffic): void {
  for (const direction of DIRECTIONS) {
    if (totals[direction] === null) continue;
    verdict.fact(`${direction}Bytes`, totals[direction], "bytes");
    verdict.fact(`${direction}Speed`, speeds[direction], "bytes_per_second");
    verdict.sample("vpn_panel_traffic_bytes_total", totals[direction], { direction });
  }
}

function tellHost(verdict: ProbeVerdict, { system: { host } }: PanelReading): void {
  const facts = [
    ["cpu", host.cpuRatio, "ratio"],
    ["memoryUsed", host.memoryUsedBytes, "bytes"],
    ["memoryTotal", host.memoryTotalBytes, "bytes"],
    ["uptime", host.uptimeSeconds, "seconds"],
    ["interfacesReceive", host.receiveBytesPerSecond, "bytes_per_second"],
    ["interfacesTransmit", host.transmitBytesPerSecond, "bytes_per_second"],
  ] as const;
  for (const [key, value, unit] of facts) if (value !== null) verdict.fact(key, value, unit);
  verdict.sample("vpn_panel_uptime_seconds", host.uptimeSeconds);
}

/** Answers in a few words how many are connected; undefined where that is not known. */
function tellNodes(
  verdict: ProbeVerdict,
  part: PanelPart<readonly PanelNode[]>,
  rules: PanelRules,
  memory: PanelMemory,
  nowMs: number,
): string | undefined {
  const nodes = part.is === "read" ? part.value : [];
  verdict.table({
    key: "nodes",
    columns: NODE_COLUMNS,
    rows: worstFirst(nodes).map((node) => [
      ...[node.name, node.state, node.address, node.message, node.version, node.onlineUsers],
      ...[node.traffic.upload, node.traffic.download, node.traffic.both, node.uptimeSeconds, node.id],
    ]),
    ...(part.is === "missing" && { note: `Not collected: ${part.why}.` }),
    ...(nodes.length > REPORT_ROWS_MAX && {
      note: `${REPORT_ROWS_MAX} of ${nodes.length} are shown, the worst first.`,
    }),
  });
  if (part.is !== "read") return undefined;
  sampleNodes(verdict, nodes);
  const wanted = nodes.filter(({ state }) => state !== "disabled");
  const connected = wanted.filter(({ state }) => state === "connected");
  verdict.fact("nodesTotal", nodes.length, "count");
  verdict.fact("nodesConnected", connected.length, "count");
  judgeNodes(verdict, wanted, connected.length, rules, memory.connecting(nodes, nowMs));
  return `${connected.length} of ${wanted.length} nodes connected`;
}

const NODE_COLUMNS = [
  { key: "name" },
  { key: "state" },
  { key: "address" },
  { key: "message" },
  { key: "version" },
  { key: "onlineUsers", unit: "count" },
  { key: "upload", unit: "bytes" },
  { key: "download", unit: "bytes" },
  { key: "both", unit: "bytes" },
  { key: "uptime", unit: "seconds" },
  { key: "id" },
] as const;

const ORDER: readonly PanelNodeState[] = ["error", "limited", "unknown", "connecting", "connected", "disabled"];
const worstFirst = (nodes: readonly PanelNode[]): readonly PanelNode[] =>
  nodes.toSorted((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state));

function sampleNodes(verdict: ProbeVerdict, nodes: readonly PanelNode[]): void {
  for (const state of ORDER)
    verdict.sample("vpn_panel_nodes", nodes.filter((node) => node.state === state).length, { state });
  const names = Map.groupBy(nodes, ({ name }) => name);
  for (const node of nodes.slice(0, CHARTED_NODES_MAX)) {
    const label = (names.get(node.name)?.length ?? 0) > 1 ? `${node.name} #${node.id}` : node.name;
    if (labelsProblem({ node: label }) !== undefined) continue;
    if (node.state !== "disabled")
      verdict.sample("vpn_panel_node_connected_ratio", node.state === "connected" ? 1 : 0, { node: label });
    verdict.sample("vpn_panel_node_online_users", node.onlineUsers, { node: label });
    for (const direction of DIRECTIONS)
      verdict.sample("vpn_panel_node_traffic_bytes_total", node.traffic[direction], { direction, node: label });
  }
}

function judgeNodes(
  verdict: ProbeVerdict,
  wanted: readonly PanelNode[],
  connectedCount: number,
  { nodesMustBeConnected, connectingSeconds }: PanelRules,
  connecting: ReadonlyMap<string, number>,
): void {
  const isLate = ({ id, state }: PanelNode): boolean =>
    state === "error" ||
    state === "limited" ||
    (state === "connecting" && (connecting.get(id) ?? 0) > connectingSeconds);
  const bad = wanted.filter(isLate);
  const strange = wanted.filter(({ state }) => state === "unknown");
  if (strange.length > 0) verdict.degraded(`the state of ${named(strange, connecting)} is not known`);
  if (bad.length === 0) return;
  const why =
    bad.length === 1
      ? `node ${named(bad, connecting)} instead of connected`
      : `${bad.length} of ${wanted.length} nodes are not connected: ${named(bad, connecting)}`;
  if (nodesMustBeConnected === "all" || connectedCount === 0) verdict.unhealthy(why);
  else verdict.degraded(why);
}

function named(nodes: readonly PanelNode[], connecting: ReadonlyMap<string, number>): string {
  const words = nodes.slice(0, NAMED_MAX).map(({ id, name, state, message }) => {
    const how =
      state === "connecting"
        ? `connecting for ${Math.round(connecting.get(id) ?? 0)} s`
        : [state, message].filter(Boolean).join(": ");
    return `${name} (${how})`;
  });
  return words.join(", ") + (nodes.length > NAMED_MAX ? ` and ${nodes.length - NAMED_MAX} more` : "");
}
