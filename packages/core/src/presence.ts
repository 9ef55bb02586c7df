import type { Instant } from "./time.ts";

/** Whether a server is heard: `stale` after three missed intervals, `offline` after six or when its link closed for good. */
export type Presence =
  | { readonly is: "pending"; readonly since: Instant }
  | { readonly is: "online"; readonly since: Instant }
  | { readonly is: "stale"; readonly since: Instant }
  | { readonly is: "offline"; readonly since: Instant };

export const STALE_INTERVALS = 3;
export const OFFLINE_INTERVALS = 6;

/**
 * `lastHeardAt` is when the hub last received anything from the server, undefined when never. The `since` of stale and
 * offline is the instant it was last heard, because that is what an operator wants to know; the `since` of online is
 * when the present unbroken stretch began.
 */
export function presence(
  heard: {
    readonly lastHeardAt: Instant | undefined;
    readonly onlineSince: Instant | undefined;
    readonly createdAt: Instant;
  },
  intervalMs: number,
  now: Instant,
): Presence {
  if (heard.lastHeardAt === undefined) return { is: "pending", since: heard.createdAt };
  const silentMs = now - heard.lastHeardAt;
  if (silentMs >= OFFLINE_INTERVALS * intervalMs) return { is: "offline", since: heard.lastHeardAt };
  if (silentMs >= STALE_INTERVALS * intervalMs) return { is: "stale", since: heard.lastHeardAt };
  return { is: "online", since: heard.onlineSince ?? heard.lastHeardAt };
}
