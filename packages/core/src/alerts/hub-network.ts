import { MINUTE_MS, SECOND_MS } from "../time.ts";

/** One server that is reached over a network, on the monotonic clock. */
export interface HeardServer {
  /** When it was heard last. */
  readonly heardMs: number;
  /** How often it is to be heard. */
  readonly intervalMs: number;
  /** Whether it should have been heard long ago. */
  readonly isLost: boolean;
}

/** What the hub sees of the network that it hangs on. */
export interface NetworkLook {
  readonly servers: readonly HeardServer[];
  /** When somebody beyond this machine answered the hub's own requests last, and when the network gave none; -Infinity: never. */
  readonly reachedMs: number;
  readonly unreachedMs: number;
  /** `missing`: there was one, and there is none any more. */
  readonly route: "there" | "missing" | "unknown";
}

/** `suspected`: nothing is said of it yet, and nothing of the servers either. */
export type NetworkVerdict =
  | { readonly is: "up" }
  | { readonly is: "suspected" }
  | { readonly is: "down"; readonly by: "route" | "reach" | "number"; readonly lost: number; readonly of: number };

/** Servers that report at the same pace were heard at most so far apart before one cut. */
const SLACK_MS = 15 * SECOND_MS;
/** Of those that were there, so many in a hundred are lost. */
const NEARLY_ALL = 0.9;
/** So many that are lost in one instant are enough by themselves; with fewer the hub must see it by other means too. */
export const LOST_ALONE_MIN = 5;
/** The hub's own requests are waited for so long, where it makes any. */
const SUSPECTED_MS = 90 * SECOND_MS;
/** Who asked nobody outside for so long does not look out. */
const LOOKS_OUT_MS = 3 * MINUTE_MS;

const UP: NetworkVerdict = { is: "up" };

/**
 * Whether the network that the hub itself hangs on is lost (rule AL35). It is where nearly all servers were lost by one
 * instant and the hub's own requests find no network either; five or more are enough where nothing tells otherwise.
 */
export function judgeNetwork(look: NetworkLook, nowMs: number): NetworkVerdict {
  const { servers, reachedMs, unreachedMs, route } = look;
  if (servers.length === 0) return route === "missing" ? { is: "down", by: "route", lost: 0, of: 0 } : UP;
  const away = servers.filter(({ isLost }) => isLost);
  const lastMs = away.reduce((last, { heardMs }) => Math.max(last, heardMs), Number.NEGATIVE_INFINITY);
  // One that would have been missed before is lost for a reason of its own.
  const lost = away.filter(({ heardMs, intervalMs }) => heardMs + intervalMs + SLACK_MS >= lastMs);
  // Whoever was heard after that is there; of the others nothing is known yet.
  const there = servers.filter(({ heardMs, isLost }) => !isLost && heardMs > lastMs + SLACK_MS).length;
  if (lost.length === 0 || lost.length < NEARLY_ALL * (lost.length + there)) return UP;
  const down = (by: "route" | "reach" | "number"): NetworkVerdict => ({
    ...{ is: "down", by, lost: lost.length },
    of: servers.length - (away.length - lost.length),
  });
  if (route === "missing") return down("route");
  /** The cut was at this instant at the latest. */
  const cutMs = lost.reduce(
    (first, { heardMs, intervalMs }) => Math.min(first, heardMs + intervalMs),
    Number.POSITIVE_INFINITY,
  );
  if (reachedMs > Math.max(cutMs, lastMs) && reachedMs > unreachedMs) return UP;
  if (unreachedMs > lastMs && unreachedMs > reachedMs) return down("reach");
  const others = servers.length - away.length;
  if (lost.length >= LOST_ALONE_MIN && lost.length >= NEARLY_ALL * (lost.length + others)) return down("number");
  const looksOut = Math.max(reachedMs, unreachedMs) > lastMs - LOOKS_OUT_MS;
  return looksOut && nowMs - cutMs < SUSPECTED_MS ? { is: "suspected" } : UP;
}

/** What is wrong, for people. */
export function networkText({ by, lost, of }: Extract<NetworkVerdict, { readonly is: "down" }>): string {
  const silent = of === 0 ? "" : `${lost} of ${of} ${of === 1 ? "server" : "servers"} went silent at once`;
  switch (by) {
    case "route":
      return `The hub's network is down: its machine has no default route${silent && `, and ${silent}`}`;
    case "reach":
      return `The hub's network is down: ${silent}, and the hub reaches nobody else either`;
    case "number":
      return `The hub's network seems to be down: ${silent}`;
  }
}
