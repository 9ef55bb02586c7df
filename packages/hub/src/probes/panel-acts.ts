import { SECOND_MS, wait } from "@muster/core";
import type { PanelNode, PanelPart, ProbeSettings } from "@muster/core";
import type { ProbeActed } from "./probe-kind.ts";
import { sendAct } from "./panel-probe.ts";
import type { PanelActing } from "./panel-probe.ts";

const LOOK_MS = 750;
/** So long a node may take to come back. */
const RETURN_MS_MAX = 45 * SECOND_MS;
/** In so long a core that was restarted has broken what it breaks. */
const SETTLE_MS = 3 * SECOND_MS;

interface NodeRequest {
  readonly method: "POST" | "PUT";
  readonly path: (nodeId: string) => string;
  readonly body?: object;
  readonly right: string;
}

/** Whoever asked has gone, or the panel took too long to answer. */
const NOT_WATCHED: ProbeActed = {
  outcome: "unknown",
  detail: "It was asked for, and could not be watched to its end; look at the nodes.",
};

const isMissing = (part: PanelPart<unknown>): string => (part.is === "missing" ? part.why : "the panel tells no nodes");

/** The node that an act means, or why there is none. */
async function nodeOf(acting: PanelActing, given: ProbeSettings): Promise<PanelNode | ProbeActed> {
  const wanted = String(given["node"]);
  const part = await acting.nodes();
  if (part.is !== "read") return { outcome: "failed", detail: `The nodes cannot be read: ${isMissing(part)}.` };
  const node = part.value.find(({ id }) => id === wanted);
  return node ?? { outcome: "refused", detail: `There is no node with the id ${wanted}; the report lists the ids.` };
}

/** Looks until `judge` has something to say or the time is over. */
async function watchNodes<T>(
  { clock, signal, nodes }: PanelActing,
  judge: (nodes: readonly PanelNode[], sinceMs: number) => T | undefined,
): Promise<T | undefined> {
  const begunMs = clock.monotonic();
  while (!signal.aborted && clock.monotonic() - begunMs < RETURN_MS_MAX) {
    const part = await nodes();
    const verdict = part.is === "read" ? judge(part.value, clock.monotonic() - begunMs) : undefined;
    if (verdict !== undefined) return verdict;
    await wait(clock, LOOK_MS, signal);
  }
  return undefined;
}

/** Connects a node anew and looks whether it leaves and comes back. */
export const reconnectNode =
  ({ method, path, body, right }: NodeRequest) =>
  async (acting: PanelActing, given: ProbeSettings): Promise<ProbeActed> => {
    const before = await nodeOf(acting, given);
    if ("outcome" in before) return before;
    if (before.state === "disabled")
      return {
        outcome: "refused",
        detail: `${before.name} is disabled; enable it first, or it would be enabled by this.`,
      };
    const ended = await sendAct(acting, method, path(before.id), body, right);
    if (ended !== undefined) return ended;
    let hasLeft = false;
    let last: PanelNode | undefined = before;
    const seen = await watchNodes<ProbeActed>(acting, (nodes, sinceMs) => {
      const was = last;
      last = nodes.find(({ id }) => id === before.id);
      if (last === undefined) return { outcome: "failed", detail: `${before.name} is no longer a node of this panel.` };
      if (last.state !== "connected" && (before.state === "connected" || last.state !== before.state)) hasLeft = true;
      if (last.state === "connected") {
        const how =
          before.state !== "connected"
            ? `was in the state ${before.state} and is connected`
            : hasLeft
              ? "was seen to leave and is connected again"
              : "is connected, and its core has been started anew";
        if (before.state !== "connected" || hasLeft || hasRestarted(before, last, sinceMs))
          return { outcome: "succeeded", detail: `${last.name} ${how}.` };
        return undefined;
      }
      // Some panels say "error" for as long as they try: only one that follows upon trying is an end.
      if (last.state === "error" && was?.state === "connecting")
        return {
          outcome: "failed",
          detail: `${last.name} could not be connected: ${last.message ?? "the panel does not say why"}.`,
        };
      return undefined;
    });
    if (seen !== undefined) return seen;
    if (acting.signal.aborted) return NOT_WATCHED;
    if (last.state === "connected")
      return {
        outcome: "unknown",
        detail: `${last.name} is connected, and was not seen to leave: whether it was connected anew is not known.`,
      };
    return { outcome: "failed", detail: `${last.name} is not connected within 45 s; it is ${last.state}.` };
  };

/** Its core is younger than it was, and than the wait. */
const hasRestarted = (before: PanelNode, now: PanelNode, sinceMs: number): boolean =>
  before.uptimeSeconds !== null &&
  now.uptimeSeconds !== null &&
  now.uptimeSeconds < before.uptimeSeconds &&
  now.uptimeSeconds <= sinceMs / 1_000 + 1;

/** Enables or disables a node and looks whether it is so. */
export const switchNode =
  (to: "enabled" | "disabled", { method, path, right }: NodeRequest) =>
  async (acting: PanelActing, given: ProbeSettings): Promise<ProbeActed> => {
    const before = await nodeOf(acting, given);
    if ("outcome" in before) return before;
    const isSo = ({ state }: PanelNode): boolean => (state === "disabled") === (to === "disabled");
    if (isSo(before)) return { outcome: "succeeded", detail: `${before.name} was ${to} already.` };
    const ended = await sendAct(acting, method, path(before.id), undefined, right);
    if (ended !== undefined) return ended;
    const seen = await watchNodes<ProbeActed>(acting, (nodes) => {
      const node = nodes.find(({ id }) => id === before.id);
      return node !== undefined && isSo(node)
        ? { outcome: "succeeded", detail: `${node.name} is ${to}; it is ${node.state}.` }
        : undefined;
    });
    if (seen !== undefined) return seen;
    return acting.signal.aborted
      ? NOT_WATCHED
      : { outcome: "failed", detail: `${before.name} was not seen to be ${to} within 45 s.` };
  };

/**
 * Restarts cores and looks whether every node that was connected is so afterwards. Nodes need not leave for it, so what
 * is proven is that all run when it is over. `isCoreRunning`: of the panel's own, where it has one.
 */
export async function restartCore(
  acting: PanelActing,
  { path, body, right }: { readonly path: string; readonly body?: object; readonly right: string },
  isCoreRunning?: () => Promise<boolean | undefined>,
): Promise<ProbeActed> {
  const part = await acting.nodes();
  if (part.is !== "read") return { outcome: "failed", detail: `The nodes cannot be read: ${isMissing(part)}.` };
  const before = part.value.filter(({ state }) => state === "connected").map(({ id }) => id);
  const ended = await sendAct(acting, "POST", path, body, right);
  if (ended !== undefined) return ended;
  let away: readonly PanelNode[] = [];
  let calmSinceMs: number | undefined;
  const seen = await watchNodes(acting, (nodes, sinceMs) => {
    away = nodes.filter(({ id, state }) => before.includes(id) && state !== "connected");
    if (away.length > 0) calmSinceMs = undefined;
    else calmSinceMs ??= sinceMs;
    return calmSinceMs !== undefined && sinceMs - calmSinceMs >= SETTLE_MS ? "calm" : undefined;
  });
  if (seen === undefined && acting.signal.aborted) return NOT_WATCHED;
  if (seen === undefined)
    return away.length > 0
      ? {
          outcome: "failed",
          detail: `Not connected again within 45 s: ${away
            .map(({ name }) => name)
            .slice(0, 5)
            .join(", ")}.`,
        }
      : { outcome: "unknown", detail: "The nodes could not be read for long enough afterwards." };
  const isRunning = await (isCoreRunning?.() ?? true);
  if (isRunning === false) return { outcome: "failed", detail: "The panel's own core does not run after the restart." };
  if (isRunning === undefined)
    return {
      outcome: "unknown",
      detail: "All nodes are connected; whether the panel's own core runs could not be read.",
    };
  return {
    outcome: "succeeded",
    detail: `The restart was accepted, and all ${before.length} nodes that were connected are connected.`,
  };
}
