import type { Right } from "@muster/core";
import { z } from "zod";
import type { IncidentView } from "../http/alert-resources.ts";
import type { RolloutView } from "../http/rollout-resources.ts";
import type { TaskRunView, TaskView } from "../http/task-resources.ts";
import type { ProbeView } from "../http/probe-resources.ts";
import type { ActionView, ledgerEntry, LogItemView, Server, Service } from "../http/resources.ts";
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
/** Lines that a page is sent before it says (`more-logs`) that it has shown some; what it may be behind. */
export const LIVE_LOGS_AHEAD_MAX = 5_000;

export const liveClientMessage = z.discriminatedUnion("t", [
  z.strictObject({ t: z.literal("hello"), csrf: z.string().max(128) }),
  z.strictObject({ t: z.literal("subscribe"), topic: z.string().max(128) }),
  z.strictObject({ t: z.literal("unsubscribe"), topic: z.string().max(128) }),
  /** Follows logs, needing `logs.read`; `id` is the client's own number for it. */
  z.strictObject({
    t: z.literal("open-logs"),
    id: z.int().min(1),
    sources: z
      .array(
        z.union([
          z.strictObject({ service: z.string().max(64), after: z.string().max(1_024).optional() }),
          z.strictObject({
            server: z.string().max(64),
            file: z.string().max(1_024),
            after: z.string().max(1_024).optional(),
          }),
        ]),
      )
      .min(1)
      .max(16),
    lines: z.int().min(0).max(10_000),
    since: z.int().min(0).optional(),
    until: z.int().min(0).optional(),
    follow: z.boolean(),
    search: z.strictObject({ text: z.string().min(1).max(256), isExpression: z.boolean() }).optional(),
    level: z.int().min(0).max(7).optional(),
  }),
  z.strictObject({ t: z.literal("close-logs"), id: z.int().min(1) }),
  /** The page has shown so many lines: more may come. Lines beyond what it keeps up with are dropped and marked. */
  z.strictObject({ t: z.literal("more-logs"), id: z.int().min(1), items: z.int().min(1).max(10_000) }),
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
  /** Services of all servers: whole at first, then those that changed. */
  services: "services.read",
  /** `services-of/<server id>`: those of one server, read every second or two while anybody looks. */
  "services-of": "services.read",
  /** `ledger/<service id>`: the newest lines of one service's ledger. */
  ledger: "services.read",
  /** All probes: whole at first, then those that changed. */
  probes: "probes.read",
  /** Open incidents: whole at first, then those that changed; one that was resolved comes once more. */
  incidents: "incidents.read",
  /** All tasks: whole at first, then those that changed or ran. */
  tasks: "tasks.read",
  /** Rollouts that have not ended: whole at first, then those that changed; one that ends comes once more. */
  rollouts: "rollouts.read",
  /** The newest actions, and those that changed. */
  actions: "actions.read",
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

export interface ServicesState {
  /** True: `services` is everything and replaces what was known. */
  readonly whole: boolean;
  readonly services: readonly Service[];
  /** Ids of those that are gone. */
  readonly removed: readonly string[];
}

export interface ProbesState {
  /** True: `probes` is everything and replaces what was known. */
  readonly whole: boolean;
  readonly probes: readonly ProbeView[];
  /** Ids of those that are gone. */
  readonly removed: readonly string[];
}

export interface IncidentsState {
  /** True: `incidents` is every open one and replaces what was known. */
  readonly whole: boolean;
  readonly incidents: readonly IncidentView[];
}

export interface TasksState {
  /** True: `tasks` is everything and replaces what was known. */
  readonly whole: boolean;
  readonly tasks: readonly TaskView[];
  /** Ids of those that are gone. */
  readonly removed: readonly string[];
  /** Runs that are new or have changed; those that go on at first. */
  readonly runs: readonly TaskRunView[];
}

export interface RolloutsState {
  /** True: `rollouts` is every one that has not ended and replaces what was known. */
  readonly whole: boolean;
  readonly rollouts: readonly RolloutView[];
}

export interface LedgerState {
  /** Newest first. */
  readonly entries: readonly z.infer<typeof ledgerEntry>[];
}

export interface ActionsState {
  readonly whole: boolean;
  /** Newest first. */
  readonly actions: readonly ActionView[];
}

export interface LiveStates {
  readonly services: ServicesState;
  readonly "services-of": ServicesState;
  readonly ledger: LedgerState;
  readonly probes: ProbesState;
  readonly incidents: IncidentsState;
  readonly tasks: TasksState;
  readonly rollouts: RolloutsState;
  readonly actions: ActionsState;
  readonly fleet: FleetState;
  readonly server: ServerState;
  readonly processes: Processes;
  readonly "join-token": JoinTokenState;
}

export type LiveServerMessage =
  | { readonly t: "welcome"; readonly now: number; readonly version: string }
  | { readonly t: "state"; readonly topic: string; readonly state: LiveStates[LiveTopicKind] }
  /** Lines of the logs opened under `id`, in the order in which they are to be shown. */
  | { readonly t: "logs"; readonly id: number; readonly items: readonly LogItemView[] }
  /** One of its sources (by index) or, with null, all of it has ended. */
  | { readonly t: "logs-end"; readonly id: number; readonly source: number | null; readonly error: string }
  | { readonly t: "refused"; readonly topic: string; readonly code: string; readonly message: string };
