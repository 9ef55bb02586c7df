import type { Instant } from "../../time.ts";

/** A node as any of the panels knows it; `limited`: it has used up its traffic. A word that is not known is `unknown`. */
export type PanelNodeState = "connected" | "connecting" | "error" | "limited" | "disabled" | "unknown";

/** One node of a panel. What is null was not told. */
export interface PanelNode {
  /** By which the panel's acts know it. */
  readonly id: string;
  readonly name: string;
  readonly address: string | null;
  readonly state: PanelNodeState;
  /** What the panel says about it, bounded and without secrets. */
  readonly message: string | null;
  /** Of its core. */
  readonly version: string | null;
  readonly onlineUsers: number | null;
  /** Seconds since its core started. */
  readonly uptimeSeconds: number | null;
  readonly traffic: PanelTraffic;
}

/** Totals as they grow, in bytes: from users, to users, or both together where the panel does not tell them apart. */
export interface PanelTraffic {
  readonly upload: number | null;
  readonly download: number | null;
  readonly both: number | null;
}

export const NO_TRAFFIC: PanelTraffic = { upload: null, download: null, both: null };

export interface PanelUsers {
  readonly total: number | null;
  readonly byState: Readonly<Partial<Record<PanelUserState, number>>>;
}
export const PANEL_USER_STATES = ["active", "on_hold", "disabled", "expired", "limited"] as const;
export type PanelUserState = (typeof PANEL_USER_STATES)[number];

/** The machine on which the panel runs. */
export interface PanelHost {
  readonly cpuRatio: number | null;
  readonly memoryUsedBytes: number | null;
  readonly memoryTotalBytes: number | null;
  readonly uptimeSeconds: number | null;
  /** Of its network interfaces, as the panel itself measures it. */
  readonly receiveBytesPerSecond: number | null;
  readonly transmitBytesPerSecond: number | null;
}

export const NO_HOST: PanelHost = {
  cpuRatio: null,
  memoryUsedBytes: null,
  memoryTotalBytes: null,
  uptimeSeconds: null,
  receiveBytesPerSecond: null,
  transmitBytesPerSecond: null,
};

/** What a panel says of itself in one answer. */
export interface PanelSystem {
  readonly version: string | null;
  readonly users: PanelUsers;
  readonly traffic: PanelTraffic;
  readonly host: PanelHost;
}

/** How many users were seen within the last so many seconds. */
export interface PanelOnline {
  readonly count: number;
  readonly windowSeconds: number;
  /** When it was counted. */
  readonly at: Instant;
}

/**
 * A part of a panel: read, left out because the panel has none, or not to be had. `no-right`: the account may not
 * read it; `not-told`: this panel cannot tell it, or not at a fair cost. Neither is a fault.
 */
export type PanelPart<T> =
  | { readonly is: "read"; readonly value: T }
  | { readonly is: "none" }
  | { readonly is: "missing"; readonly because: "no-right" | "not-told" | "failed"; readonly why: string };

export const readPart = <T>(value: T): PanelPart<T> => ({ is: "read", value });
export const NO_PART = { is: "none" } as const;

/** All that one run saw of a panel. */
export interface PanelReading {
  readonly system: PanelSystem;
  readonly nodes: PanelPart<readonly PanelNode[]>;
  readonly online: PanelPart<PanelOnline>;
  /** The panel's own core, where it runs one. */
  readonly core: PanelPart<{ readonly version: string | null; readonly isRunning: boolean | null }>;
}
