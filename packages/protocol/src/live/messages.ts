import type { Right } from "@muster/core";
import { z } from "zod";
import type { Server } from "../http/resources.ts";
import type { Processes } from "../agent/frame-schemas.ts";

/**
 * The browser's socket at `/api/v1/live`. The upgrade needs the session cookie and the right Origin; the first message
 * must be `hello` with the session's token. Then topics are subscribed; of each the newest state comes, at most once a
 * second, never a backlog.
 */
export const LIVE_PATH = "/api/v1/live";
export const LIVE_FRAME_BYTES_MAX = 64 * 1024;
export const LIVE_TOPICS_MAX = 64;
export const LIVE_MIN_GAP_MS = 900;

export const liveClientMessage = z.discriminatedUnion("t", [
  z.strictObject({ t: z.literal("hello"), csrf: z.string().max(128) }),
  z.strictObject({ t: z.literal("subscribe"), topic: z.string().max(128) }),
  z.strictObject({ t: z.literal("unsubscribe"), topic: z.string().max(128) }),
]);
export type LiveClientMessage = z.infer<typeof liveClientMessage>;

/** Topic patterns and the right each needs, checked at subscribing and again before every message. */
export const LIVE_TOPICS = {
  /** All servers: a snapshot of rows, then the rows that changed. */
  fleet: "servers.read",
  /** `server/<id>`: every series of one server, in focus (one reading a second) while anybody looks. */
  server: "metrics.read",
  /** `processes/<id>`: the process list of one server, every few seconds. */
  processes: "processes.read",
  /** `join-token/<id>`: who joined with a token. */
  "join-token": "join-tokens.read",
} as const satisfies Record<string, Right>;
export type LiveTopicKind = keyof typeof LIVE_TOPICS;

export interface FleetState {
  /** True: `servers` is everything and replaces what was known. */
  readonly whole: boolean;
  /** Rows that are new or changed in anything but their readings. */
  readonly servers: readonly Server[];
  /** New readings of rows that are known already: most of what comes, so it is kept small. */
  readonly readings?: readonly FleetReading[];
  readonly removed: readonly string[];
  /** CPU-per-minute lines of the last hour, oldest first, of servers whose line has a new minute. */
  readonly cpuLastHour?: Readonly<Record<string, readonly (number | null)[]>>;
}

export type FleetReading = Pick<Server, "id" | "presence" | "summary">;

export interface ServerState {
  readonly at: number;
  /** Present in the first message and whenever the set changed; `values[i]` belongs to `series[i]`. */
  readonly series?: readonly { readonly metric: string; readonly labels: Readonly<Record<string, string>> }[];
  readonly values: readonly (number | null)[];
  readonly server: Server;
  readonly focused: boolean;
}

export interface JoinTokenState {
  readonly usesLeft: number;
  readonly expiresAt: number;
  readonly joined: readonly { readonly serverId: string; readonly name: string; readonly at: number }[];
}

export interface LiveStates {
  readonly fleet: FleetState;
  readonly server: ServerState;
  readonly processes: Processes;
  readonly "join-token": JoinTokenState;
}

export type LiveServerMessage =
  | { readonly t: "welcome"; readonly now: number; readonly version: string }
  | { readonly t: "state"; readonly topic: string; readonly state: LiveStates[LiveTopicKind] }
  | { readonly t: "refused"; readonly topic: string; readonly code: string; readonly message: string };
