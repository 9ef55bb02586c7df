import { healthRank, stateRank } from "./service-state.ts";
import type { Service } from "./services-view.ts";

/** Columns of the list that can be sorted by. */
export const SERVICE_SORT_KEYS = [
  "state",
  "health",
  "name",
  "driver",
  "server",
  "since",
  "cpu",
  "memory",
  "frameRate",
  "bitRate",
  "restarts",
] as const;
export type ServiceSortKey = (typeof SERVICE_SORT_KEYS)[number];
export interface ServiceSort {
  readonly key: ServiceSortKey;
  readonly descending: boolean;
}

type Value = number | string | null;
const READ: Readonly<Record<ServiceSortKey, (service: Service) => Value>> = {
  state: stateRank,
  health: healthRank,
  name: ({ name }) => name,
  driver: ({ driver, kind }) => `${kind}\n${driver}`,
  server: ({ server }) => server,
  since: ({ since }) => (since === null ? null : -since),
  cpu: ({ cpuRatio }) => cpuRatio,
  memory: ({ memoryBytes }) => memoryBytes,
  frameRate: ({ framesPerSecond = null }) => framesPerSecond,
  bitRate: ({ bytesPerSecond = null }) => bytesPerSecond,
  restarts: ({ restarts }) => restarts,
};

const natural = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Compares by the sort, then by name and server, so that equal rows never change places. The unknown comes last. */
export function compareServices({ key, descending }: ServiceSort): (a: Service, b: Service) => number {
  const sign = descending ? -1 : 1;
  const read = READ[key];
  return (a, b) => {
    const left = read(a);
    const right = read(b);
    const rest = natural.compare(a.name, b.name) || natural.compare(a.server, b.server) || (a.id < b.id ? -1 : 1);
    if (left === right) return rest;
    if (left === null) return 1;
    if (right === null) return -1;
    if (typeof left === "string" || typeof right === "string")
      return sign * natural.compare(String(left), String(right)) || rest;
    return sign * (left - right);
  };
}
