import type { Instant } from "./time.ts";

/** Whether a server is heard: `stale` after three missed intervals, `offline` after six; `pending` before it ever was. */
export interface Presence {
  readonly is: "pending" | "online" | "stale" | "offline";
  readonly since: Instant;
}

export const STALE_INTERVALS = 3;
export const OFFLINE_INTERVALS = 6;

export interface Heard {
  /** Wall time of the last thing received, undefined when never. */
  readonly lastHeardAt: Instant | undefined;
  /** When the present unbroken stretch began. */
  readonly onlineSince: Instant | undefined;
  readonly createdAt: Instant;
  /** How long ago that was by the monotonic clock, so that a clock correction makes nobody offline. */
  readonly silentMs: number;
}

/** The `since` of stale and offline is the instant it was last heard, because that is what an operator wants to know. */
export function presence(heard: Heard, intervalMs: number): Presence {
  if (heard.lastHeardAt === undefined) return { is: "pending", since: heard.createdAt };
  if (heard.silentMs >= OFFLINE_INTERVALS * intervalMs) return { is: "offline", since: heard.lastHeardAt };
  if (heard.silentMs >= STALE_INTERVALS * intervalMs) return { is: "stale", since: heard.lastHeardAt };
  return { is: "online", since: heard.onlineSince ?? heard.lastHeardAt };
}
