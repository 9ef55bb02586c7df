import type { ProbeFields, SettingsOf } from "./fields.ts";

/** One chart of a kind's page: metrics of one unit, each of their series a line. */
export interface ProbeChart {
  readonly key: string;
  readonly metrics: readonly string[];
}

/** Something that can be done to what a probe looks at. */
export interface ProbeAct {
  readonly class: "normal" | "dangerous";
  readonly meaning: string;
  readonly fields: ProbeFields;
}

/**
 * Where a probe can run: in the hub, or by way of a server that is reached by SSH or has an agent. `hub-only`: it needs
 * more than connections. `server-only`: what it looks at is on a server.
 */
export type ProbeReach = "anywhere" | "hub-only" | "server-only";

/** All that is known of a kind before it looks at anything: for checks at the doors, forms, help, and pages. */
export interface ProbeKindEntry<F extends ProbeFields = ProbeFields> {
  /** Its proper name, the same in every language. */
  readonly title: string;
  /** One sentence for people. */
  readonly meaning: string;
  readonly group: "network" | "database" | "panel" | "own";
  readonly fields: F;
  /** A password, token or key, kept sealed and never shown. */
  readonly secret: "none" | "optional" | "required";
  readonly intervalMsDefault: number;
  readonly timeoutMsDefault: number;
  readonly reach: ProbeReach;
  /** A text that may be empty where the hub looks, and is needed where a server does. */
  readonly viaNeeds?: string;
  /** What it looks at, for a list: without anything secret. */
  target(settings: SettingsOf<F>): string;
  /** Besides how long it took and how it was, which every kind has. */
  readonly charts: readonly ProbeChart[];
  readonly acts: Readonly<Record<string, ProbeAct>>;
}

/** Keeps the literal types of the fields, from which the settings get theirs. */
export const probeKindEntry = <const F extends ProbeFields>(entry: ProbeKindEntry<F>): ProbeKindEntry<F> => entry;

/** What most kinds have in common. */
export const PLAIN = {
  secret: "none",
  intervalMsDefault: 30_000,
  timeoutMsDefault: 10_000,
  reach: "anywhere",
  charts: [],
  acts: {},
} as const;

export const HOST_FIELD = { is: "text", form: "host", charactersMax: 253 } as const;
export const portField = (port: number) =>
  ({ is: "number", unit: "port", least: 1, most: 65_535, default: port }) as const;
/** What takes longer is degraded; 0: however long it takes is good. */
export const SLOW_FIELD = {
  is: "number",
  unit: "milliseconds",
  least: 0,
  most: 60_000,
  default: 0,
  further: true,
} as const;
/** From so many days before a certificate ends on it is told. */
export const CERTIFICATE_FIELDS = {
  warnDays: { is: "number", unit: "days", least: 0, most: 365, default: 14, further: true },
  failDays: { is: "number", unit: "days", least: 0, most: 365, default: 3, further: true },
} as const;
/** Certificates of authorities to trust instead of the system's. */
export const CA_FIELD = {
  is: "text",
  form: "any",
  block: true,
  charactersMax: 60_000,
  default: "",
  further: true,
} as const;
