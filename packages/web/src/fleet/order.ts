import { compareRows, naturalOrder } from "./compare-rows.ts";
import type { SortValue } from "./compare-rows.ts";
import { serverState } from "./server-state.ts";
import type { ServerStateName } from "./server-state.ts";
import type { Server } from "./fleet-view.ts";

/** Columns of the overview that can be sorted by. */
export const SORT_KEYS = [
  "state",
  "name",
  "cpu",
  "memory",
  "disk",
  "load",
  "receive",
  "transmit",
  "temperature",
  "services",
  "uptime",
  "age",
] as const;
export type SortKey = (typeof SORT_KEYS)[number];
export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** Those that have failed or do badly; the server counts what is both twice. */
export const troubledServices = ({ services: { failed, unhealthy } }: Pick<Server, "services">): number =>
  Math.max(failed, unhealthy);

/** Probes about a server that are not well. */
export const troubledProbes = ({ probes: { degraded, unhealthy } }: Pick<Server, "probes">): number =>
  degraded + unhealthy;

/** Trouble first. */
const STATE_RANK: Readonly<Record<ServerStateName, number>> = {
  quarantined: 0,
  offline: 1,
  stale: 2,
  pending: 3,
  online: 4,
  revoked: 5,
};

const READ: Readonly<Record<SortKey, (server: Server) => SortValue>> = {
  state: (server) => STATE_RANK[serverState(server)],
  name: ({ name }) => name,
  cpu: ({ summary }) => summary.cpuBusyRatio,
  memory: ({ summary }) => summary.memoryUsedRatio,
  disk: ({ summary }) => summary.worstDisk?.usedRatio ?? null,
  load: ({ summary }) => summary.load1,
  receive: ({ summary }) => summary.networkReceiveBytesPerSecond,
  transmit: ({ summary }) => summary.networkTransmitBytesPerSecond,
  temperature: ({ summary }) => summary.temperatureCelsius,
  services: troubledServices,
  uptime: ({ summary }) => summary.uptimeSeconds,
  age: ({ summary }) => (summary.at === null ? null : -summary.at),
};

const byName = (a: Server, b: Server): number => naturalOrder.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);

/** Compares by the sort, then by name. */
export const compareServers = ({ key, descending }: Sort): ((a: Server, b: Server) => number) =>
  compareRows(READ[key], descending, byName);

export interface HeldOrder {
  readonly ids: readonly string[];
  /** What the order was made for: another sort, filter or grouping is another order. */
  readonly madeFor: string;
  readonly madeAt: number;
}

/** Live values re-order rows at most this often. */
export const REORDER_MS = 4_000;

/**
 * The order to show. What the person asked for takes effect at once; what live values would change waits, and never
 * happens under the pointer. While held, rows that left go and new ones come at the end.
 */
export function holdOrder(
  held: HeldOrder | undefined,
  wanted: readonly string[],
  madeFor: string,
  now: number,
  pointerInside: boolean,
): HeldOrder {
  if (!held || held.madeFor !== madeFor) return { ids: wanted, madeFor, madeAt: now };
  if (!pointerInside && now - held.madeAt >= REORDER_MS) {
    return same(held.ids, wanted) ? { ...held, madeAt: now } : { ids: wanted, madeFor, madeAt: now };
  }
  const present = new Set(wanted);
  const kept = held.ids.filter((id) => present.delete(id));
  if (kept.length === held.ids.length && present.size === 0) return held;
  return { ...held, ids: [...kept, ...present] };
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((id, index) => id === b[index]);
